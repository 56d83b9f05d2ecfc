/** What the executable is built for. */
export interface Target {
  /** As `--target` and the file's name have it. */
  name: string;
  /** As `deno compile --target` has it. */
  triple: string;
  /** The end of the file's name. */
  extension: "" | ".exe";
}

/** All there are. */
export const TARGETS: readonly Target[] = [
  { name: "linux-x64", triple: "x86_64-unknown-linux-gnu", extension: "" },
  { name: "linux-arm64", triple: "aarch64-unknown-linux-gnu", extension: "" },
  { name: "windows-x64", triple: "x86_64-pc-windows-msvc", extension: ".exe" },
];

/** The target with this name, if there is one. */
export function targetOf(name: string): Target | undefined {
  return TARGETS.find((target) => target.name === name);
}

/** The target that this machine runs, if it is one of ours. */
export function hostTarget(): Target | undefined {
  return TARGETS.find(({ triple }) => triple === Deno.build.target);
}

/** The name of the file for a target. */
export function fileName(target: Target): string {
  return `baton-${target.name}${target.extension}`;
}
