/**
 * The `cluster.yaml` of the demo: the guide's two clusters with a service, quick monitors and loopback addresses.
 */

/** What differs from server to server and from run to run. */
export interface FileParts {
  statusUrl: string;
  interconnect: { name: string; port: number }[];
  enis: { name: string; eni: string }[];
  start: string[];
  stop: string[];
  endpointPort: number;
  nats: readonly string[];
  /** The bucket of the witness. */
  bucket: string;
  /** The key file, as seen from the `cluster.yaml`. */
  key: string;
}

/** Chapter 4: a VIP behind routes; NAT instances as acknowledgement devices. */
export function vipFile(parts: FileParts): string {
  return vipWith("demo-vip", `nat: { type: ping, addresses: [${parts.nats.join(", ")}] }`, parts);
}

/** The same with a witness in a bucket. */
export function witnessFile(parts: FileParts): string {
  return vipWith("demo-witness", `witness: { type: s3, bucket: ${parts.bucket} }`, parts);
}

function vipWith(cluster: string, vote: string, parts: FileParts): string {
  return `${head(cluster, parts)}
quorum:
  ${vote}

groups:
  failover1:
    resources: # the VIP comes last: clients never reach a service that is not up
      app1: { type: script, start: ${list(parts.start)}, stop: ${list(parts.stop)} }
      awsvip1:
        type: aws-vip
        ip: 10.1.0.20
        vpc: vpc-1234abcd
        eni: ${parts.enis[0]!.eni}
        individually: { ${parts.enis[1]!.name}: { eni: ${parts.enis[1]!.eni} } }
        monitor: { interval: 2s, timeout: 2s }

monitors:
${zoneMonitor(parts)}
  ipw1:
    type: ip
    addresses: [${parts.nats.join(", ")}]
    interval: 2s
    timeout: 1s
    recovery: { target: LocalServer, finalAction: none }
`;
}

/** Chapter 5: an Elastic IP; port 443 of the regional endpoint as acknowledgement device, and as the drop-in's target. */
export function eipFile(parts: FileParts): string {
  return `${head("demo-eip", parts)}
quorum:
  endpoint: { type: tcp, host: 127.0.0.1, port: ${parts.endpointPort} }

groups:
  failover1:
    resources:
      app1: { type: script, start: ${list(parts.start)}, stop: ${list(parts.stop)} }
      awseip1:
        type: aws-eip
        allocation: eipalloc-1234abcd
        eni: ${parts.enis[0]!.eni}
        individually: { ${parts.enis[1]!.name}: { eni: ${parts.enis[1]!.eni} } }
        monitor: { interval: 2s, timeout: 2s }

monitors:
${zoneMonitor(parts)}
  genw1: # the guide's custom monitor: a drop-in, plugins/port443.ts beside this file
    type: port443
    host: 127.0.0.1
    port: ${parts.endpointPort}
    interval: 500ms
    timeout: 500ms
    retries: 1
    recovery: { target: failover1, reactivations: 0, failovers: 1, finalAction: none }
`;
}

function head(cluster: string, { statusUrl, interconnect, key }: FileParts): string {
  const servers = interconnect.map(({ name, port }) => `  ${name}: { interconnect: 127.0.0.1:${port} }`);
  return `cluster: ${cluster}
key: ${key}
state: state
status: ${new URL(statusUrl).host}
timing: fast
aws: { timeout: 2s }
servers:
${servers.join("\n")}
`;
}

function zoneMonitor(parts: FileParts): string {
  return `  awsazw1:
    type: aws-az
    zone: ap-northeast-1a
    individually: { ${parts.enis[1]!.name}: { zone: ap-northeast-1b } }
    interval: 2s
    timeout: 2s
    recovery: { target: LocalServer, finalAction: none }`;
}

function list(words: string[]): string {
  return JSON.stringify(words);
}
