/**
 * The few parts of the SDK's Route 53 client that a record needs, in a file of their own for the same reason as `sdk.ts`.
 *
 * @module
 */
export {
  ChangeResourceRecordSetsCommand,
  GetChangeCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
} from "@aws-sdk/client-route-53";
