/**
 * The VPC's router, played by the client's kernel: what the sandbox's route table says of the VIP stands in the client's
 * routing table a few milliseconds later.
 *
 * @module
 */
import type { Sandbox, Topology } from "../../sandbox/mod.ts";
import { VIP } from "./cluster_file.ts";
import type { Network } from "./network.ts";

const EVERY_MS = 2;

/** Mirrors the route as long as it runs. */
export class RouteMirror {
  readonly #ip: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #timer: ReturnType<typeof setInterval>;
  #target: string | undefined;

  constructor(network: Network, private readonly sandbox: Sandbox, private readonly topology: Topology) {
    // One program for all changes: starting one for each would take longer than the change.
    this.#ip = new Deno.Command("ip", {
      args: ["-n", network.namespace("client"), "-force", "-batch", "-"],
      stdin: "piped",
      stdout: "null",
      stderr: "inherit",
    }).spawn();
    this.#writer = this.#ip.stdin.getWriter();
    this.#timer = setInterval(() => this.#look(), EVERY_MS);
  }

  /** The server that all route tables point to; undefined when they disagree. */
  target(): string | undefined {
    const enis = this.sandbox.region.routeTables
      .flatMap(({ routes }) => routes.filter(({ destination }) => destination === `${VIP}/32`))
      .map(({ eniId }) => eniId);
    const [first, ...others] = enis;
    if (others.some((eni) => eni !== first)) return undefined;
    return this.topology.servers.find(({ eniId }) => eniId === first)?.name;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#writer.close().catch(() => {});
    await this.#ip.status;
  }

  /** The client is in a public subnet, so its table is the public one. */
  #look(): void {
    const table = this.sandbox.region.routeTables.find(({ id }) => id === "rtb-0000ab01");
    const eni = table?.routes.find(({ destination }) => destination === `${VIP}/32`)?.eniId;
    if (eni === this.#target) return;
    this.#target = eni;
    const ip = this.topology.servers.find(({ eniId }) => eniId === eni)?.privateIp;
    const line = ip === undefined ? `route del ${VIP}/32` : `route replace ${VIP}/32 via ${ip} dev eth0`;
    this.#writer.write(new TextEncoder().encode(`${line}\n`)).catch(() => {});
  }
}
