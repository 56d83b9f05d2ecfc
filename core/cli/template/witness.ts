/**
 * What an S3 witness needs in AWS: a bucket that nobody else reads, the way to it that does not depend on a NAT, and the
 * right to use it.
 *
 * @module
 */
import type { ClusterConfig } from "../../config/config.ts";
import { FAULT_CODES } from "../../plugin/fault.ts";
import { iamPolicy, type PolicyStatement } from "../../preflight/iam_policy.ts";
import { WorkError } from "../command.ts";
import { ref, sub } from "./network.ts";
import { type Section, sectionsText, type Value } from "./yaml.ts";

/** The bucket that the witness of a file is in; undefined where it has none, or one in a store that is not AWS's. */
export function witnessBucket({ witness }: ClusterConfig): string | undefined {
  if (witness?.type !== "s3") return undefined;
  const [{ bucket, endpoint } = {}] = [...witness.options.values()];
  return endpoint === undefined ? String(bucket) : undefined;
}

/** A bucket that several clusters share is made by the first. */
export const MAKE_BUCKET: Section["entries"] = {
  MakeBucket: {
    Type: "String",
    Default: "yes",
    AllowedValues: ["yes", "no"],
    Description: "no: the bucket of the witness is there already",
  },
};
export const BUCKET_CONDITION: Section["entries"] = { BucketIsNew: { "Fn::Equals": [ref("MakeBucket"), "yes"] } };

/** Route tables of a network that is there, for the endpoint. */
export const ENDPOINT_TABLES: Section["entries"] = {
  EndpointTables: {
    Type: "CommaDelimitedList",
    Default: "",
    Description: "Route tables of the servers' subnets, which get the endpoint; empty: they have one, or another way",
  },
};
export const ENDPOINT_CONDITION: Section["entries"] = {
  EndpointIsNew: { "Fn::Not": [{ "Fn::Equals": [{ "Fn::Join": ["", ref("EndpointTables")] }, ""] }] },
};

const BUCKET_COMMENT =
  `The witness: a bucket for one small object for each group. It outlives the stack, because a cluster
without its witness is one server away from having no majority.`;

/** The bucket of the witness: private, reached by TLS only, never deleted with the stack. */
export function bucketSection(bucket: string): Section {
  const arn = `arn:\${AWS::Partition}:s3:::${bucket}`;
  return {
    comment: BUCKET_COMMENT,
    entries: {
      WitnessBucket: {
        Type: "AWS::S3::Bucket",
        Condition: "BucketIsNew",
        DeletionPolicy: "Retain",
        UpdateReplacePolicy: "Retain",
        Properties: {
          BucketName: bucket,
          OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
          PublicAccessBlockConfiguration: {
            BlockPublicAcls: true,
            BlockPublicPolicy: true,
            IgnorePublicAcls: true,
            RestrictPublicBuckets: true,
          },
        },
      },
      WitnessBucketPolicy: {
        Type: "AWS::S3::BucketPolicy",
        Condition: "BucketIsNew",
        Properties: {
          Bucket: ref("WitnessBucket"),
          PolicyDocument: {
            Version: "2012-10-17",
            Statement: [{
              Sid: "OnlyTls",
              Effect: "Deny",
              Principal: "*",
              Action: "s3:*",
              Resource: [sub(arn), sub(`${arn}/*`)],
              Condition: { Bool: { "aws:SecureTransport": false } },
            }],
          },
        },
      },
    },
  };
}

/** The endpoint of a store in the VPC: rows in route tables, without a price and without a NAT. */
export function gatewayEndpoint(service: "s3" | "dynamodb", vpc: Value, tables: Value): Section["entries"] {
  return {
    [service === "s3" ? "S3Endpoint" : "DynamoDbEndpoint"]: {
      Type: "AWS::EC2::VPCEndpoint",
      Properties: {
        VpcId: vpc,
        VpcEndpointType: "Gateway",
        ServiceName: sub(`com.amazonaws.\${AWS::Region}.${service}`),
        RouteTableIds: tables,
      },
    },
  };
}

/** The same for a network that is there: made only where route tables are named. */
export function optionalEndpoint(service: "s3" | "dynamodb"): Section["entries"] {
  return Object.fromEntries(
    Object.entries(gatewayEndpoint(service, ref("VpcId"), ref("EndpointTables"))).map(([name, endpoint]) => [
      name,
      { Condition: "EndpointIsNew", ...endpoint as Record<string, Value> },
    ]),
  );
}

/**
 * A template of the witness alone, for servers that are there. Throws a {@linkcode WorkError} for a file whose witness is
 * not in a bucket of AWS.
 */
export function witnessTemplate(config: ClusterConfig): string {
  const bucket = witnessBucket(config);
  if (bucket === undefined) {
    throw new WorkError(
      "the file has no witness in a bucket of AWS: put one there, with baton witness",
      FAULT_CODES.output,
    );
  }
  const { document } = iamPolicy(config, { region: "${AWS::Region}", account: "${AWS::AccountId}" });
  const statements = document.Statement.filter(({ Action }) => Action.every((action) => action.startsWith("s3:")));
  const parameters: Section["entries"] = {
    VpcId: { Type: "AWS::EC2::VPC::Id", Description: "VPC of the servers" },
    ...ENDPOINT_TABLES,
    ServerRoles: {
      Type: "CommaDelimitedList",
      Default: "",
      Description: "Names of the servers' IAM roles, which get the policy; empty: you attach it",
    },
    ...MAKE_BUCKET,
  };
  const description = `The witness of the cluster ${config.cluster}: bucket, endpoint and policy`;
  return [
    `AWSTemplateFormatVersion: "2010-09-09"\nDescription: ${JSON.stringify(description)}\n`,
    sectionsText("Parameters", [{ comment: "What is there", entries: parameters }]),
    sectionsText("Conditions", [{
      comment: "What is made",
      entries: {
        ...BUCKET_CONDITION,
        ...ENDPOINT_CONDITION,
        RolesAreNamed: { "Fn::Not": [{ "Fn::Equals": [{ "Fn::Join": ["", ref("ServerRoles")] }, ""] }] },
      },
    }]),
    sectionsText("Resources", [
      bucketSection(bucket),
      {
        comment: "The way to it, for servers without a NAT, or with one that is down",
        entries: optionalEndpoint("s3"),
      },
      { comment: "What the servers may do with it, and nothing else", entries: { WitnessPolicy: policy(statements) } },
    ]),
    sectionsText("Outputs", [{
      comment: "What was made",
      entries: { Policy: { Description: "Policy for the servers' role", Value: ref("WitnessPolicy") } },
    }]),
  ].join("\n");
}

function policy(statements: readonly PolicyStatement[]): Value {
  return {
    Type: "AWS::IAM::ManagedPolicy",
    Properties: {
      Description: "What the servers of a cluster do with the bucket of their witness",
      PolicyDocument: {
        Version: "2012-10-17",
        Statement: statements.map(({ Resource, ...one }) => ({ ...one, Resource: filled(Resource) }) as Value),
      },
      Roles: { "Fn::If": ["RolesAreNamed", ref("ServerRoles"), ref("AWS::NoValue")] },
    },
  };
}

function filled(resource: string | readonly string[]): Value {
  const arn = (text: string) => sub(text.replace("arn:aws:", "arn:${AWS::Partition}:"));
  return typeof resource === "string" ? arn(resource) : resource.map(arn);
}
