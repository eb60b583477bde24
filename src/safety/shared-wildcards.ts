/**
 * Which names that a private wildcard rule of the Public Suffix List matches are shared by many customers.
 *
 * Such a rule does not say what its star is. Under `*.digitaloceanspaces.com` it is a region, and each
 * customer has a name below it: blocking `sgp1.digitaloceanspaces.com` would block all of them. Under
 * `*.localto.net` it is one customer, perhaps a command-and-control server. These tables have the rules of
 * the first kind. They were read one by one; test/safety/shared-wildcards.test.ts has the others, and
 * fails if the list gets a rule that is in none of the tables.
 *
 * The sources are the pull requests that added the rules (#417 is
 * https://github.com/publicsuffix/list/pull/417), the companies' documents, and names in public source
 * code, of which the comments have examples. "Inferred" means that no source says it.
 */

/** A region of AWS, such as `us-gov-west-1`. Under any rule, it is taken for a region and not for a customer. */
const AWS_REGION = /^[a-z]{2,4}(?:-[a-z]{2,4})?-(?:north|south|east|west|central)[a-z]*-\d$/;

/** Amazon's Airflow has a rule for each region. The label is a cell: `<id>.c2.us-east-1.airflow.amazonaws.com`. */
const AIRFLOW = /\bairflow\./;

/**
 * The parents of other rules under which every name is shared, because the label is:
 * - Amazon: a region (`ec2-192-0-2-7.us-west-2.compute.amazonaws.com`)
 * - Azure: a region (`<label>.<region>.cloudapp.azure.com`), or a shard of Databricks (`<app>.11`)
 * - Google: a region or its code (`<project>.uc.r.appspot.com`, `<service>-<hash>-uc.a.run.app`), or a
 *   service (`<hash>.scf.usercontent.goog`); inferred for 0emm.com
 * - Oracle: a region (`objectstorage.us-ashburn-1.oci.customer-oci.com`); inferred for ocp and ocs
 * - object storage and Linode's load balancers: a region (`<bucket>.sgp1.digitaloceanspaces.com`)
 * - hosting: a region or a cluster (`<login>.cluster021.hosting.ovh.net`, `<site>.us-4.platformsh.site`
 *   (#417), `<namespace>.<cluster>.dev.adobeaemcloud.com`, `<id>.fra.appwrite.run`, `<app>.prg1.zerops.app`,
 *   `<site>.ingress-earth.ewp.live`, `<account>.us-east-1.triton.zone`); inferred for tst.site, zerops.zone
 * - a service of a company (`<instance>.postgres.snowflake.app`, `kaizen.shared.atlassian-3p.com`,
 *   `test` and `user` below webhare.dev (#847), `files.oaiusercontent.com`, `<id>.a.metaaiusercontent.com`,
 *   `app.paywhirl.com`, `ipfs` and `ipns`); inferred for privatelink and the other names of Atlassian
 * - a random label that several customers have (lcl.dev, #791; lclstage.dev, #1222), the last label of a
 *   customer's own name (`example.nl.transurl.nl`, #285; `<user>.mm.st.user.fm`), a second level (`com.cn.st`)
 */
const ALL_SHARED = new Set([
  'compute.amazonaws.com',
  'compute.amazonaws.com.cn',
  'elb.amazonaws.com',
  'elb.amazonaws.com.cn',
  'awsapprunner.com',
  'experiments.sagemaker.aws',
  'azurecontainer.io',
  'cloudapp.azure.com',
  'azure.databricksapps.com',
  'r.appspot.com',
  'run.app',
  'mtls.run.app',
  'hosted.app',
  'gateway.dev',
  'usercontent.goog',
  '0emm.com',
  'customer-oci.com',
  'oci.customer-oci.com',
  'ocp.customer-oci.com',
  'ocs.customer-oci.com',
  'oraclecloudapps.com',
  'oraclegovcloudapps.com',
  'oraclegovcloudapps.uk',
  'digitaloceanspaces.com',
  'cdn.digitaloceanspaces.com',
  'linodeobjects.com',
  'nodebalancer.linode.com',
  'vultrobjects.com',
  'hosting.ovh.net',
  'webpaas.ovh.net',
  'platformsh.site',
  'tst.site',
  'magentosite.cloud',
  'dev.adobeaemcloud.com',
  'appwrite.run',
  'zerops.app',
  'zerops.zone',
  'ewp.live',
  'triton.zone',
  'snowflake.app',
  'privatelink.snowflake.app',
  'atlassian-3p.com',
  'atlassian-3p-us-gov-mod.com',
  'atlassian-isolated-3p.com',
  'webhare.dev',
  'oaiusercontent.com',
  'metaaiusercontent.com',
  'paywhirl.com',
  'dweb.link',
  'inbrowser.dev',
  'inbrowser.link',
  'lcl.dev',
  'stg.dev',
  'lclstage.dev',
  'stgstage.dev',
  'transurl.be',
  'transurl.eu',
  'transurl.nl',
  'user.fm',
  'cn.st',
]);

/**
 * The parents of rules under which only some names are shared, and what the labels of those look like.
 * In the same order:
 * - former zones of EC2; all other names are `ec2-<address>` (#584)
 * - regions (`gl`, `nyc`, `deu`); a customer has two words (#2641, `fun-diamonds.nyc.at.playit.plus`)
 * - shards (`a` to `l`); a customer has `<service>-<project>` (https://github.com/aiven/devportal/pull/2336)
 * - `addon`, clusters and regions (#1210); a customer has `<port>--<service>--<id>`
 * - regions as below platformsh.site; inferred, because names directly below it occur as well
 * - `raw`, as below icp0.io; a customer has `<canister id>` (`<canister id>.raw.icp.net` occurs as well)
 * - clusters (`janeway`, `riker`); a customer has `<id>-00-<id>`
 * - gateways (`pregw`); a customer has `<address>-<id>`
 */
const SOME_SHARED: ReadonlyArray<[labels: RegExp, ...parents: string[]]> = [
  [/^z-\d$/, 'compute-1.amazonaws.com'],
  [/^[a-z]{2,3}$/, 'at.ply.gg', 'at.playit.plus'],
  [/^[a-z\d]+$/, 'aivencloud.com'],
  [/^(?!.*--)/, 'build.run', 'code.run', 'database.run', 'migration.run', 'northflank.app'],
  [/^[a-z]{2}(?:-\d)?$/, 'upsun.app'],
  [/^raw$/, 'icp.net'],
  [/^[a-z]+$/, 'replit.dev'],
  [/^[a-z\d]+$/, 'ztna-dingtalk.com'],
];

/** Whether many customers share a name that a private wildcard rule matches. */
export function isSharedByCustomers(label: string, parent: string): boolean {
  return (
    AWS_REGION.test(label) ||
    AIRFLOW.test(parent) ||
    ALL_SHARED.has(parent) ||
    SOME_SHARED.some(([shared, ...parents]) => parents.includes(parent) && shared.test(label))
  );
}
