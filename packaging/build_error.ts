/** A build that can't go on: one message for the person at the terminal, with the ways out. */
export class BuildError extends Error {
  override name = "BuildError";
}
