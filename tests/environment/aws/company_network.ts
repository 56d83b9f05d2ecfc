/**
 * A company's network in front of a sandbox: the endpoints of AWS have names that only a proxy knows, and certificates of
 * a private CA.
 */
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import type { Sandbox } from "../../../sandbox/mod.ts";
import { certificates } from "../../integration/plugins/certificates.ts";

/** What the proxy does with a CONNECT: lets it through, or answers this line, or nothing. */
export type ProxyMood = "connects" | "is silent" | `HTTP/1.1 ${number} ${string}`;

/** The network. Dispose of it with `await using`. */
export interface CompanyNetwork extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  proxy: string;
  /** The file with the certificate of the CA. */
  ca: string;
  folder: string;
  /** What the proxy was asked to connect to, and what for a password. */
  heard: { target: string; authorization: string | undefined }[];
  mood: ProxyMood;
  /** The endpoints by their names; nothing of credentials. */
  env: Record<string, string>;
}

const SERVICES = ["EC2", "STS", "ROUTE_53", "S3"];

/** Makes one in front of the endpoints that the sandbox gives to server1. */
export async function companyNetwork(sandbox: Sandbox): Promise<CompanyNetwork> {
  const folder = await Deno.makeTempDir({ prefix: "baton-company-" });
  const { cert, key } = await certificates(folder, "*.aws.test");
  const real = sandbox.env("server1");
  const sockets = new Set<Duplex>();
  const upstream = new Map<string, number>();
  const env: Record<string, string> = {};
  for (const service of SERVICES) {
    const url = real[`AWS_ENDPOINT_URL_${service}`];
    if (url === undefined) continue;
    const host = `${service.toLowerCase().replace("_", "")}.aws.test`;
    upstream.set(host, Number(new URL(url).port));
    env[`AWS_ENDPOINT_URL_${service}`] = `https://${host}`;
  }
  const front = createTlsServer({ cert, key }, (socket: TLSSocket) => {
    const port = upstream.get(String((socket as { servername?: string }).servername));
    join2(socket, connect(port ?? 1, "127.0.0.1"), sockets);
  });
  const frontPort = await listening(front);
  const network: CompanyNetwork = {
    proxy: "",
    ca: join(folder, "ca.pem"),
    folder,
    heard: [],
    mood: "connects",
    env,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await Promise.all([front, proxy].map((server) => new Promise((resolve) => server.close(resolve))));
      await Deno.remove(folder, { recursive: true });
    },
  };
  const proxy = createServer();
  proxy.on("connect", (request: IncomingMessage, client: Duplex) => {
    sockets.add(client);
    client.on("error", () => client.destroy());
    network.heard.push({ target: request.url ?? "", authorization: request.headers["proxy-authorization"] });
    if (network.mood === "is silent") return;
    if (network.mood !== "connects") return void client.end(`${network.mood}\r\n\r\n`);
    const server = connect(frontPort, "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      join2(client, server, sockets);
    });
    server.on("error", () => client.destroy());
  });
  network.proxy = `http://127.0.0.1:${await listening(proxy)}`;
  return network;
}

function join2(one: Duplex, other: Socket, sockets: Set<Duplex>): void {
  for (const [from, to] of [[one, other], [other, one]] as [Duplex, Duplex][]) {
    sockets.add(from);
    from.on("error", () => to.destroy());
    from.on("close", () => to.destroy());
    from.pipe(to);
  }
}

function listening(server: ReturnType<typeof createServer> | ReturnType<typeof createTlsServer>): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}
