import { type ClusterFile, readCluster } from "../../../core/config/cluster.ts";
import type { ClusterConfig } from "../../../core/config/config.ts";

/** Reads a text as `/etc/baton/cluster.yaml`, with the plugins that `load` finds. */
export function fromText(
  text: string,
  load: Parameters<typeof readCluster>[1],
  given: Partial<ClusterFile> = {},
): Promise<ClusterConfig> {
  return readCluster({
    label: "cluster.yaml",
    path: "/etc/baton/cluster.yaml",
    baseDir: "/etc/baton",
    text,
    digest: "0".repeat(64),
    defaultStateDir: "/var/lib/baton",
    ...given,
  }, load);
}
