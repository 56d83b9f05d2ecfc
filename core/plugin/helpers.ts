/**
 * What every call of a plugin finds in its context beside the machine and AWS, so that authors need no library for it.
 *
 * All of them end when the signal of the call aborts; a signal of the plugin's own can only make a wait shorter.
 *
 * @module
 */

/** A question over HTTP. */
export interface HttpRequest {
  /** Default: GET. */
  method?: "GET" | "HEAD" | "POST" | "PUT" | "DELETE";
  headers?: Record<string, string>;
  body?: string;
  /** Certificates in PEM that sign what the other end shows; left out: those of the runtime. */
  ca?: string;
  signal?: AbortSignal;
}

/** The answer over HTTP; every status is one. */
export interface HttpResponse {
  status: number;
  /** By their names in lower case. */
  headers: Record<string, string>;
  /** The first 64 KiB of the body as text. */
  text: string;
  /** There was more. */
  truncated: boolean;
  /** From the question to the head of the answer, in milliseconds. */
  answerMs: number;
}

/** HTTP and HTTPS: no proxy, no redirects, no connection that is used twice. */
export interface HttpHelper {
  /** Asks. That nobody answers is a `Fault`; that it could not be tried at all, an uncertain one. */
  request(url: string, options?: HttpRequest): Promise<HttpResponse>;
}

/** The records that can be asked for; what has several fields arrives as one text, as `dig +short` prints it. */
export type DnsRecordType = "A" | "AAAA" | "CNAME" | "MX" | "NS" | "PTR" | "SRV" | "TXT";

/** The name service. */
export interface DnsHelper {
  /**
   * The records of a name, sorted; empty when there are none. `server`: the address of the name server to ask; left out:
   * those of the machine. That nobody answers is an uncertain `Fault`.
   */
  resolve(name: string, type?: DnsRecordType, options?: { server?: string; signal?: AbortSignal }): Promise<string[]>;
}

/** A file or folder. */
export interface FileFacts {
  kind: "file" | "folder" | "other";
  /** In bytes. */
  size: number;
  /** Wall clock, milliseconds since 1970. */
  modifiedMs: number;
}

/** Files. A drop-in reads what `plugins.TYPE.allow.read` lists and its own folder, and writes only there. */
export interface FilesHelper {
  /** Null when there is nothing of that name. */
  stat(path: string): Promise<FileFacts | null>;
  /** The text of a file of at most 1 MiB; null when there is none. */
  read(path: string): Promise<string | null>;
  /** Replaces a file as a whole: who reads it finds the old text or the new one. */
  write(path: string, text: string): Promise<void>;
}

/** Anything that JSON can hold. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/**
 * What one resource, monitor or device keeps from call to call. A drop-in's survives its process and the agent's; it is
 * a help for trends and counters, and nothing that safety may depend on.
 */
export interface PluginState {
  /** What was kept last; null at first. */
  get(): Promise<Json>;
  /** Keeps at most 16 KiB of JSON. */
  set(value: Json): Promise<void>;
}
