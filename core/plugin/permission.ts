/**
 * What a type has to be allowed in AWS. `baton iam-policy` puts the policy of a `cluster.yaml` together from it.
 *
 * @module
 */

/** One action of AWS that a type calls. */
export interface Permission {
  /** As IAM writes it: `ec2:ReplaceRoute`. */
  action: string;
  /**
   * The resources it is called for: ARNs, in which `{partition}`, `{region}` and `{account}` stand for those of the
   * cluster. `*` where AWS knows no resources for this action, as for all that begin with `ec2:Describe`.
   */
  resources: readonly string[];
  /** Operators with condition keys and their values, in which the same words stand for the same. */
  condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Two or three words: what for. */
  purpose: string;
}

/** An action that AWS allows for all resources or for none. */
export function everywhere(action: string, purpose: string): Permission {
  return { action, resources: ["*"], purpose };
}

/** The ARN of a thing of EC2, such as `route-table/*`. */
export function ec2Arn(thing: string): string {
  return `arn:{partition}:ec2:{region}:{account}:${thing}`;
}
