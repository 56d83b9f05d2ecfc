/**
 * Hands what nobody has caught to `take`, and the process goes on; where that gives false it ends, as it would without.
 * Returns what ends that.
 */
export function onUncaught(take: (thrown: unknown) => boolean): () => void {
  const onError = (event: ErrorEvent) => {
    if (take(event.error)) event.preventDefault();
  };
  const onRejection = (event: PromiseRejectionEvent) => {
    if (take(event.reason)) event.preventDefault();
  };
  globalThis.addEventListener("error", onError);
  globalThis.addEventListener("unhandledrejection", onRejection);
  return () => {
    globalThis.removeEventListener("error", onError);
    globalThis.removeEventListener("unhandledrejection", onRejection);
  };
}
