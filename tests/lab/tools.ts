/**
 * What the lab needs of the machine: root on Linux, network namespaces, and a few packages of Debian.
 *
 * @module
 */
import { run } from "./commands.ts";

/** A slow mirror is slow. In milliseconds. */
const APT_MS = 180_000;

const TOOLS: Readonly<Record<string, string>> = {
  ip: "iproute2",
  nft: "nftables",
  ping: "iputils-ping",
  keepalived: "keepalived",
  etcd: "etcd-server",
  perl: "perl-base",
};

/** Why the lab can't run here; undefined when it can. */
export function unfit(): string | undefined {
  if (Deno.build.os !== "linux") return "the lab needs Linux: its servers are network namespaces";
  if (Deno.uid() !== 0) return "the lab needs root: it makes network namespaces (run it with sudo)";
  return undefined;
}

/** Installs what is missing with apt. */
export async function ensureTools(): Promise<void> {
  const missing = Object.keys(TOOLS).filter((tool) => !isThere(tool));
  if (missing.length === 0) return;
  const packages = missing.map((tool) => TOOLS[tool]!);
  console.log(`Installing ${packages.join(", ")}`);
  const apt = (...args: string[]) =>
    run(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", ...args], undefined, APT_MS);
  try {
    await apt("update", "-qq");
    await apt("install", "-y", "-qq", "--no-install-recommends", ...packages);
  } catch (error) {
    throw new Error(`the lab needs ${packages.join(", ")}; install them by hand (${(error as Error).message})`);
  }
}

function isThere(tool: string): boolean {
  return ["/usr/sbin", "/usr/bin", "/sbin", "/bin"].some((folder) => {
    try {
      return Deno.statSync(`${folder}/${tool}`).isFile;
    } catch {
      return false;
    }
  });
}
