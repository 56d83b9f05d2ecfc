/**
 * A call of AWS, as messages name it.
 *
 * @module
 */

/** A service of AWS, or one that speaks as it does. */
export interface AwsService {
  /** `EC2`, `S3`. */
  name: string;
  /** What its actions begin with in IAM policies: `ec2`. */
  iam: string;
}

const EC2: AwsService = { name: "EC2", iam: "ec2" };

/** The call that failed. */
export interface AwsCall {
  /** Left out: EC2. */
  service?: AwsService;
  /** The name of the action, for example `DescribeVpcs`. */
  action: string;
  /** The id or name it was about, for example `vpc-1234abcd`. */
  subject: string;
  /** Where it was sent, when that is known: `the EC2 endpoint of ap-northeast-1`. */
  endpoint?: string;
  /** What `cluster.yaml` names, when that is not the subject: `the bucket votes`. */
  configured?: string;
  /** What the IAM policy must allow, when that is more than the action. */
  allow?: string;
}

/** Where the call is sent, for messages. */
export function endpointOf(call: AwsCall): string {
  return call.endpoint ?? `the ${serviceOf(call).name} endpoint`;
}

/** The service that is called. */
export function serviceOf(call: AwsCall): AwsService {
  return call.service ?? EC2;
}
