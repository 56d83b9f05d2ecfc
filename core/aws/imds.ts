/** What the instance metadata service says of the instance we run on (IMDSv2 only). */
export interface Imds {
  instanceId(options: { signal: AbortSignal }): Promise<string>;
  region(options: { signal: AbortSignal }): Promise<string>;
  availabilityZone(options: { signal: AbortSignal }): Promise<string>;
  /** The IAM role that is attached to the instance; null: none is. Asked anew each time, as it may be attached now. Left out: who asks is not told. */
  role?(options: { signal: AbortSignal }): Promise<string | null>;
}
