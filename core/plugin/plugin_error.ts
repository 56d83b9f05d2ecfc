/** A type that can't be used: one sentence for the operator that says what is wrong, where, and what would be right. */
export class PluginError extends Error {
  override name = "PluginError";
  constructor(
    /** The type as `cluster.yaml` names it. */
    readonly type: string,
    message: string,
    /** The file of a drop-in that is at fault; line and column are counted from 1. */
    readonly place: { file?: string; line?: number; column?: number } = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
