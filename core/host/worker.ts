/// <reference lib="deno.worker" />
/**
 * The thread of a host on which drop-ins run. It has their permissions and nothing else; whatever it does, the main
 * thread of the host goes on and can be told to end the process.
 *
 * @module
 */
import { PluginThread } from "./plugin_thread.ts";
import type { ThreadStart } from "./thread_messages.ts";

self.addEventListener("message", (event: MessageEvent<ThreadStart>) => {
  const thread = new PluginThread(event.data);
  // What nobody catches would end the thread without a word about whose it was.
  self.addEventListener("error", (raised) => {
    raised.preventDefault();
    thread.fell("an error that nobody caught", raised.error ?? raised.message);
  });
  self.addEventListener("unhandledrejection", (raised) => {
    raised.preventDefault();
    thread.fell("a rejection that nobody caught", raised.reason);
  });
  thread.begin();
}, { once: true });
