/**
 * What `plugins` in `cluster.yaml` says of the type of a drop-in.
 *
 * @module
 */

/** What is allowed to a type. A list: only that. Left out: the default. */
export interface Allow {
  /** Hosts, with or without a port. Default: all. */
  net?: boolean | readonly string[];
  /** Programs, as they are called or by their path. Default: none. */
  run?: boolean | readonly string[];
  /** Files and folders, beside the folder the drop-in lies in. Default: nothing else. */
  read?: boolean | readonly string[];
  /** Names of environment variables. Default: none. */
  env?: boolean | readonly string[];
}

/** What `cluster.yaml` says of a type of a drop-in. */
export interface PluginSettings {
  allow: Allow;
  /** The process it runs in may use so much memory, in MiB. */
  memoryMb: number;
  /** Folder that holds a folder for each drop-in, the only one it may write to; left out: it may write nowhere. */
  stateDir?: string;
}

/** Resident memory of a host, in MiB, where the file says nothing. Deno alone takes 60 to 80. */
export const DEFAULT_MEMORY_MB = 256;

/** The settings of a type of which the file says nothing. */
export const DEFAULT_SETTINGS: PluginSettings = { allow: {}, memoryMb: DEFAULT_MEMORY_MB };
