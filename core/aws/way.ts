/**
 * The way to AWS: the proxy that its endpoints are asked by, and the certificates that are trusted besides the well-known
 * ones. From `cluster.yaml`, else from the environment that the AWS command line and Node.js know.
 *
 * The metadata service and whatever is on this machine are never asked by a proxy: it would answer for its own machine.
 *
 * @module
 */
import { rootCertificates } from "node:tls";
import { Fault, FAULT_CODES } from "../plugin/fault.ts";

/**
 * An AWS besides the one that the environment of this process leads to, as a whole: no variable of it is asked then. Not
 * in `cluster.yaml`: for who runs several of them in one process.
 */
export interface AwsInstead {
  /** URLs of its services. */
  readonly endpoints: { readonly ec2: string; readonly sts: string; readonly route53: string; readonly s3: string };
  /** URL of its metadata service. */
  readonly imds: string;
  readonly region: string;
  /** Asked again when `expiration` is near. */
  readonly credentials: () => Promise<
    { accessKeyId: string; secretAccessKey: string; sessionToken?: string; expiration?: Date }
  >;
}

/** What `cluster.yaml` says of it. */
export interface AwsWay {
  /** URL of an HTTP proxy, or `none`: also where the environment names one. */
  proxy?: string;
  /** Absolute path of a file with certificates in PEM. */
  caBundle?: string;
  /** Left out: AWS, or what the environment names in its place. */
  instead?: AwsInstead;
}

/** A proxy, and who has named it. */
export interface NamedProxy {
  url: URL;
  /** `aws.proxy`, or the name of a variable of the environment. */
  source: string;
}

/** The way, found out. */
export interface FoundWay {
  proxy?: NamedProxy;
  /** What is asked without it, as `NO_PROXY` says. */
  exceptions: string[];
  /** Files with further certificates, and who has named each. */
  bundles: { file: string; source: string }[];
}

/** Finds the way out. `env` is for tests; left out: the environment of this process. Throws a `Fault` for a bad URL. */
export function findWay(way: AwsWay = {}, env: (name: string) => string | undefined = Deno.env.get): FoundWay {
  const named = way.proxy === undefined
    ? firstOf(env, ["HTTPS_PROXY", "https_proxy"])
    : way.proxy === "none"
    ? undefined
    : { value: way.proxy, source: "aws.proxy" };
  const except = firstOf(env, ["NO_PROXY", "no_proxy"])?.value ?? "";
  const bundle = way.caBundle === undefined
    ? firstOf(env, ["AWS_CA_BUNDLE"])
    : { value: way.caBundle, source: "aws.caBundle" };
  const bundles = [bundle, firstOf(env, ["NODE_EXTRA_CA_CERTS"])].flatMap((one) =>
    one === undefined ? [] : [{ file: one.value, source: one.source }]
  );
  return {
    ...(named === undefined ? {} : { proxy: { url: proxyUrl(named.value, named.source), source: named.source } }),
    exceptions: except.split(/[\s,]+/).filter((one) => one !== ""),
    bundles,
  };
}

/** A proxy without its password, for messages. */
export function shownProxy({ url, source }: NamedProxy): string {
  return `${url.protocol}//${url.host} (${source})`;
}

/** What is wrong with a proxy that a file names; undefined: nothing. */
export function proxyProblem(text: string): string | undefined {
  if (text === "none") return undefined;
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === "") {
    return "is no URL of a proxy, such as http://proxy.example.com:3128, and not none";
  }
  if (url.pathname !== "/" || url.search !== "") return "has a path, which a proxy has not";
  try {
    decodeURIComponent(url.username + url.password);
    return undefined;
  } catch {
    return "has a % in its user or password that stands for nothing: write it as %25";
  }
}

/** All certificates that are trusted; undefined: the well-known ones only. Throws a `Fault` that names the file. */
export function trusted({ bundles }: FoundWay): string[] | undefined {
  if (bundles.length === 0) return undefined;
  const own = bundles.flatMap(({ file, source }) => certificatesIn(file, source));
  return [...rootCertificates, ...own];
}

/** Whether a host is asked without the proxy. */
export function isDirect({ exceptions }: FoundWay, host: string, port: number): boolean {
  const name = host.toLowerCase().replace(/^\[|\]$/g, "").replace(/\.$/, "");
  if (/^(?:localhost|127(?:\.\d+){3}|::1|169\.254(?:\.\d+){2}|fd00:ec2::.*)$/.test(name)) return true;
  return exceptions.some((exception) => {
    const [, wanted = "", only] = /^(.*?)(?::(\d+))?$/.exec(exception.toLowerCase()) ?? [];
    if (only !== undefined && Number(only) !== port) return false;
    const suffix = wanted.replace(/^\*?\./, "");
    return wanted === "*" || name === suffix || name.endsWith(`.${suffix}`);
  });
}

function firstOf(env: (name: string) => string | undefined, names: string[]) {
  for (const source of names) {
    const value = env(source)?.trim();
    if (value) return { value, source };
  }
  return undefined;
}

function proxyUrl(text: string, source: string): URL {
  // As curl takes it: a host and a port are enough.
  const url = /^[a-z]+:\/\//i.test(text) ? text : `http://${text}`;
  const problem = url === "none" ? "is no URL" : proxyProblem(url);
  if (problem === undefined) return new URL(url);
  throw new Fault(FAULT_CODES.requestFailed, `the proxy that ${source} names ${problem}`, {
    uncertain: true,
    remedy: `correct ${source}: http://HOST:PORT`,
  });
}

function certificatesIn(file: string, source: string): string[] {
  let text: string;
  try {
    text = Deno.readTextFileSync(file);
  } catch (error) {
    throw new Fault(
      FAULT_CODES.requestFailed,
      `the CA certificates of ${source} can't be read from ${file}: ${error instanceof Error ? error.message : error}`,
      { uncertain: true, cause: error, remedy: `correct ${source}, or put the file there` },
    );
  }
  const found = text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  if (found.length > 0) return found;
  throw new Fault(FAULT_CODES.requestFailed, `${file}, which ${source} names, has no certificate in PEM`, {
    uncertain: true,
    remedy: "put the certificates of the CA there, each from BEGIN CERTIFICATE to END CERTIFICATE",
  });
}
