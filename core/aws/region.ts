import { Fault, FAULT_CODES } from "../plugin/fault.ts";
import type { Imds } from "./imds.ts";

/** A client of the SDK that was made without a region; destroyed here. */
export interface RegionProbe {
  config: { region(): Promise<string> };
  destroy(): void;
}

/**
 * The region where nothing in `cluster.yaml` names one: the SDK's own sources as `probe` has them, `AWS_DEFAULT_REGION`,
 * the metadata service. Throws an uncertain `Fault` when none of them knows; `option` is what
 * should be set then.
 */
export async function findRegion(
  probe: RegionProbe,
  imds: Imds,
  signal: AbortSignal,
  option: string,
): Promise<string> {
  try {
    return await probe.config.region();
  } catch {
    // The SDK's own sources name none; it doesn't ask the metadata service.
  } finally {
    probe.destroy();
  }
  const fallback = Deno.env.get("AWS_DEFAULT_REGION");
  if (fallback) return fallback;
  try {
    return await imds.region({ signal });
  } catch (error) {
    throw new Fault(
      FAULT_CODES.requestFailed,
      `the AWS region is not known: neither the configuration nor AWS_REGION names it, and the metadata service did ` +
        `not say (${error instanceof Error ? error.message : String(error)})`,
      { uncertain: true, remedy: `set ${option} in cluster.yaml, or AWS_REGION`, cause: error },
    );
  }
}
