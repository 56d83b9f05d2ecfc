import { HOST_COMMAND } from "./core/host/protocol.ts";

if (import.meta.main) {
  // The host of drop-ins needs nothing of the command line, so it does not load it.
  if (Deno.args[0] === HOST_COMMAND) Deno.exit(await (await import("./core/host/main.ts")).main());
  const { main } = await import("./core/cli/main.ts");
  Deno.exit(await main(Deno.args));
}
