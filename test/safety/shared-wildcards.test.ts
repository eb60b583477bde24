/** Private wildcard rules of the Public Suffix List: which names are one customer's, and which are shared. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkSafety } from '../../src/safety/checks.js';
import { sharedByException } from '../../src/safety/exception-width.js';
import { objectParts } from '../../src/safety/object-parts.js';
import { EXTRA_SUFFIX_RULES } from '../../src/safety/shared-suffixes.js';
import { isSharedByCustomers } from '../../src/safety/shared-wildcards.js';
import { readRow } from '../../src/threatq/row-parser.js';
import { suffixRules } from '../support/suffix-rules.js';

/** REGION is a region of AWS. A rule is listed once for all regions. */
const withoutRegion = (name: string) =>
  name.replace(/\b[a-z]{2}(?:-gov)?-(?:north|south|east|west|central)[a-z]*-\d\b/, 'REGION');

const RULES = suffixRules();
const parentsOfWildcards = (isPrivate: boolean) =>
  RULES.filter((rule) => rule.isPrivate === isPrivate && rule.text.startsWith('*.')).map(
    ({ text }) => text.slice(2),
  );
const PARENTS = parentsOfWildcards(true);

/**
 * The parents of rules of which each name is one customer's. Names in public source code and the pull
 * requests that added the rules say so: `<canister id>.raw.icp0.io`, `<account>.REGION.rds.amazonaws.com`,
 * `<address>.vps.myjino.ru`. Below localto.net, `de2` is a server with ports of many tunnels; but it has
 * no names below it, as `0.tcp.ngrok.io` has none.
 */
const ONE_CUSTOMER = [
  'REGION.cs.amazonlightsail.com',
  'REGION.rds.amazonaws.com',
  'rds.REGION.amazonaws.com.cn',
  'private.repost.aws',
  'p.azurewebsites.net',
  'alces.network',
  'compute.estate',
  'auiusercontent.com',
  'beget.app',
  'begetcdn.cloud',
  'builtwithrocket.new',
  'cloud.metacentrum.cz',
  'cloudera.site',
  'clusters.rdpa.co',
  'srvrless.rdpa.co',
  'devinapps.com',
  'eth.limo',
  'eth.link',
  'id.pub',
  'kin.one',
  'kin.pub',
  'hosting.myjino.ru',
  'landing.myjino.ru',
  'spectrum.myjino.ru',
  'vps.myjino.ru',
  'localto.net',
  'on-k3s.io',
  'on-rancher.cloud',
  'on-rio.io',
  'raw.icp0.io',
  'raw.icp1.io',
  'services.clever-cloud.com',
  'teams.replit.dev',
  'telebit.xyz',
  'user.localcert.dev',
  'xmit.co',
];

/** Names of one company for itself, which has no customers there. */
const ONE_COMPANY = [
  'cloud.int.apple',
  'r.cloud.int.apple',
  'REGION.r.cloud.int.apple',
  's.brave.app',
  's.brave.dev',
  's.brave.io',
  ...'aa ab ac ad ae af ci d pa pb pc pd pe pf w wa wb wc wd we wf'
    .split(' ')
    .map((label) => `${label}.crm.dev`),
  '001.test.code-builder-stg.platform.salesforce.com',
  'builder.code.com',
  'dev-builder.code.com',
  'stg-builder.code.com',
];

/** Nothing was found that says what the star is. The names are sent: a lost indicator lets malware through. */
const NOT_KNOWN = [
  '0e.vc',
  '2na.am',
  'advisor.ws',
  'apps.grok.bot',
  'awdev.ca',
  'bwcloud-os-instance.de',
  'c.ts.net',
  'compute.herokuapp.com',
  'cursorusercontent.com',
  'developer.app',
  'ex.futurecms.at',
  'ex.ortsinfo.at',
  'firenet.ch',
  'frusky.de',
  'futurecms.at',
  'in.futurecms.at',
  'kunden.ortsinfo.at',
  'lutrausercontent.com',
  'moonscale.io',
  'nxa.eu',
  'otap.co',
  'owo.codes',
  'pages.grok.bot',
  'qualyhqpartner.com',
  'qualyhqportal.com',
  'quipelements.com',
  'statics.cloud',
  'stolos.io',
  'svc.firenet.ch',
  'sys.qcx.io',
  'wadl.top',
  'xenonconnect.de',
];

const NO_NAME_SHARED = new Set([...ONE_CUSTOMER, ...ONE_COMPANY, ...NOT_KNOWN]);

/** The parents of rules of which only some names are shared: one of those, and one of a customer. */
const SOME_SHARED: Array<[parent: string, shared: string, customer: string]> = [
  ['compute-1.amazonaws.com', 'z-1', 'ec2-192-0-2-7'],
  ['at.ply.gg', 'gl', 'found-guys'],
  ['at.playit.plus', 'nyc', 'fun-diamonds'],
  ['aivencloud.com', 'j', 'pg-7cbb-project'],
  ['build.run', 'addon', 'p01--site--df8ybdpttf6b'],
  ['code.run', 'addon', 'site--docapost--df8ybdpttf6b'],
  ['database.run', 'addon', 'p01--site--df8ybdpttf6b'],
  ['migration.run', 'addon', 'p01--site--df8ybdpttf6b'],
  ['northflank.app', 'europe-west', 'site--df8ybdpttf6b'],
  ['upsun.app', 'eu-5', 'main-abc123'],
  ['icp.net', 'raw', 'cjn37-uyaaa-aaaac-qgnva-cai'],
  ['replit.dev', 'janeway', '1b294ebe-bbb9-471a-00-35wsa556suntd'],
  ['ztna-dingtalk.com', 'pregw', '192-0-2-7-81c22d0dlfr4'],
];

const ALL_SHARED = PARENTS.filter(
  (parent) =>
    !NO_NAME_SHARED.has(withoutRegion(parent)) && !SOME_SHARED.some(([some]) => some === parent),
);

/** A label that could be a customer's: it has what all customers' labels have, and is no region. */
const customerLabel = fc.stringMatching(/^[a-z]{4}[a-z0-9]{0,8}--[a-z0-9]{1,8}--[a-z0-9]{3,8}$/);

const indicator = readRow({ type: 'FQDN', value: 'x' });
const skipOf = (domain: string) => checkSafety(indicator, objectParts({ domain }), []);
const reasonFor = (domain: string) => skipOf(domain)?.reason;

describe('every private wildcard rule of the list was read', () => {
  // If this fails after an update of tldts: find out what the star of the new rule is, and put the rule
  // into src/safety/shared-wildcards.ts or into one of the lists above.
  it('each rule is in the table or in a list of this test', () => {
    expect(PARENTS.length).toBeGreaterThan(250);
    expect(ALL_SHARED.filter((parent) => !isSharedByCustomers('any-name', parent))).toEqual([]);
  });

  it('the lists of this test have no rule that the list no longer has, or that the table has too', () => {
    const known = new Set(PARENTS.map(withoutRegion));
    const some = SOME_SHARED.map(([parent]) => parent);
    expect([...NO_NAME_SHARED, ...some].filter((parent) => !known.has(parent))).toEqual([]);
    expect([...NO_NAME_SHARED].filter((parent) => isSharedByCustomers('gl', parent))).toEqual([]);
  });
});

describe('a name that a private wildcard rule matches', () => {
  it.each([
    ['a tunnel of playit.gg', 'found-guys.at.ply.gg'],
    ['a tunnel of Localtonet', 'efpytldav.localto.net'],
    ['a site at Beget', 'gitruhaco.beget.app'],
    ['a service at Northflank', 'site--docapost24ar--df8ybdpttf6b.code.run'],
    ['a canister of the Internet Computer', 'cjn37-uyaaa-aaaac-qgnva-cai.raw.icp0.io'],
    ['a virtual server at Jino', '32e7ca523408.vps.myjino.ru'],
    ['a virtual machine of EC2', 'ec2-192-0-2-7.compute-1.amazonaws.com'],
    ['a name in the ENS gateway', 'somebody.eth.limo'],
    ['a name below a shared name', 'tour-occupational.gl.at.ply.gg'],
    ['a bucket of DigitalOcean', 'bucket.sgp1.digitaloceanspaces.com'],
    ['a load balancer of AWS', 'name-1234.us-east-1.elb.amazonaws.com'],
    ['an app of App Engine', 'project.uc.r.appspot.com'],
  ])('%s is sent: %s', (_, domain) => {
    expect(skipOf(domain)).toBeUndefined();
  });

  it.each([
    ['a region of playit.gg', 'gl.at.ply.gg'],
    ['a region of DigitalOcean', 'sgp1.digitaloceanspaces.com'],
    ['a region of its content delivery', 'nyc3.cdn.digitaloceanspaces.com'],
    ['a region of App Engine', 'uc.r.appspot.com'],
    ['a region of Cloud Run', 'us-central1.run.app'],
    ['all older services of Cloud Run', 'a.run.app'],
    ['a region of EC2', 'us-west-2.compute.amazonaws.com'],
    ['a region of the load balancers of AWS', 'us-east-1.elb.amazonaws.com'],
    ['a region of AWS in China', 'cn-northwest-1.elb.amazonaws.com.cn'],
    ['a cell of Airflow', 'c2.us-east-1.airflow.amazonaws.com'],
    ['a cell of Airflow at its newer address', 'c2.airflow.eu-west-1.on.aws'],
    ['a former zone of EC2', 'z-1.compute-1.amazonaws.com'],
    ['a region of Azure', 'westeurope.cloudapp.azure.com'],
    ['a cluster of OVH', 'cluster021.hosting.ovh.net'],
    ['a region of AWS below any rule', 'eu-west-1.compute.herokuapp.com'],
  ])('%s is not sent: %s', (_, domain) => {
    expect(skipOf(domain)).toEqual({
      reason: 'public_suffix',
      message: `${domain} is shared by the users of a service, and others own the names below it`,
    });
  });

  it.each(SOME_SHARED)('below %s, %s is shared, and %s is one customer', (parent, shared, own) => {
    expect(reasonFor(`${shared}.${parent}`)).toBe('public_suffix');
    expect(reasonFor(`${own}.${parent}`)).toBeUndefined();
  });

  it('for any label, the name below a rule that is not in the table is sent', () => {
    const parent = fc.constantFrom(...PARENTS.filter((each) => !ALL_SHARED.includes(each)));
    fc.assert(
      fc.property(customerLabel, parent, (label, below) => {
        // upsun.app and others have no `--`; their customers' labels are in the table above.
        expect(reasonFor(`${label}.${below}`)).toBeUndefined();
      }),
      { numRuns: 2_000 },
    );
  });

  it('for any label, the name below a rule that is in the table is not sent', () => {
    const extra = EXTRA_SUFFIX_RULES.map((rule) => rule.slice(2));
    const parent = fc.constantFrom(...ALL_SHARED, ...extra);
    fc.assert(
      fc.property(customerLabel, parent, (label, below) => {
        expect(reasonFor(`${label}.${below}`)).toBe('public_suffix');
        expect(reasonFor(`below.${label}.${below}`)).toBeUndefined();
      }),
      { numRuns: 2_000 },
    );
  });

  it('the parent of each private wildcard rule is not sent', () => {
    expect(PARENTS.filter((parent) => reasonFor(parent) !== 'public_suffix')).toEqual([]);
  });
});

describe('other rules', () => {
  it('each explicit rule and each parent of a rule is not sent, whatever wildcard matches it', () => {
    const parents = new Set(PARENTS);
    const isBelowWildcard = (name: string) => parents.has(name.slice(name.indexOf('.') + 1));
    const names = RULES.map(({ text }) => text.replace(/^\*\./, '')).filter(isBelowWildcard);
    expect(names).toContain('r.cloud.int.apple');
    expect(names).toContain('svc.firenet.ch');
    expect(names.filter((name) => reasonFor(name) !== 'public_suffix')).toEqual([]);
  });

  it('for any label, the name below a wildcard rule of a registry is not sent', () => {
    const parent = fc.constantFrom(...parentsOfWildcards(false));
    fc.assert(
      fc.property(customerLabel, parent, (label, below) => {
        expect(reasonFor(`${label}.${below}`)).toBe('public_suffix');
      }),
    );
  });

  it('the names that exception rules name are sent', () => {
    for (const domain of ['www.ck', 'city.kawasaki.jp']) expect(reasonFor(domain)).toBeUndefined();
  });
});

it('a wildcard exception for one customer is not too wide, and one for a region is', () => {
  expect(sharedByException({ domain: '*.found-guys.at.ply.gg' })).toBeUndefined();
  expect(sharedByException({ domain: '*.gl.at.ply.gg' })?.kind).toBe('private_suffix');
  expect(sharedByException({ url: 'https://*.localto.net/*' })?.kind).toBe('private_suffix');
});
