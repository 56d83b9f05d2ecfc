import type { StoreSettings } from "../core/aws/store_sdk.ts";
import type { PluginContext } from "../core/plugin/contract.ts";
import type { OptionSpec } from "../core/plugin/options.ts";

/** Options of every store that is reached by the AWS SDK. */
export interface AwsStoreOptions {
  region?: string;
  endpoint?: string;
}

/** The region of a store. */
export const REGION: OptionSpec = {
  type: "string",
  description: "region of the store; left out: AWS_REGION, the shared AWS files, the region of this instance",
  pattern: { test: /^[a-z0-9-]+$/, expected: "the name of a region, such as ap-northeast-1" },
};

/** The endpoint of a store that is not AWS's own. */
export function endpointOption(what: string): OptionSpec {
  return {
    type: "string",
    description: `URL of ${what}; left out: AWS itself`,
    pattern: { test: /^https?:\/\/[^\s/?#@]+\/?$/, expected: "a URL of scheme and host, such as https://store:9000" },
  };
}

/** How the store is reached from here. */
export function storeSettings({ options, imds, way }: PluginContext<AwsStoreOptions>): StoreSettings {
  const { region, endpoint } = options;
  return {
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(way === undefined ? {} : { way }),
    imds,
  };
}
