/** Which IP addresses are globally routable. No test connects to them. */
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { embeddedIpv4, parseAddress, unroutableRange } from '../../src/safety/address.js';

const rangeOf = (address: string) => unroutableRange(parseAddress(address));

describe('IPv4', () => {
  it.each([
    ['0.0.0.0', 'unspecified'],
    ['0.255.255.255', 'unspecified'],
    ['10.0.0.0', 'private'],
    ['10.255.255.255', 'private'],
    ['100.64.0.0', 'carrierGradeNat'],
    ['100.127.255.255', 'carrierGradeNat'],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.255', 'loopback'],
    ['169.254.169.254', 'linkLocal'],
    ['172.16.0.0', 'private'],
    ['172.31.255.255', 'private'],
    ['192.0.0.1', 'reserved'],
    ['192.0.2.1', 'reserved'],
    ['192.88.99.1', 'reserved'],
    ['192.168.255.255', 'private'],
    ['198.18.0.0', 'reserved'],
    ['198.19.255.255', 'reserved'],
    ['198.51.100.1', 'reserved'],
    ['203.0.113.1', 'reserved'],
    ['224.0.0.1', 'multicast'],
    ['239.255.255.255', 'multicast'],
    ['240.0.0.1', 'reserved'],
    ['255.255.255.254', 'reserved'],
    ['255.255.255.255', 'broadcast'],
  ])('%s is not globally routable (%s)', (address, range) => {
    expect(rangeOf(address)).toBe(range);
  });

  it.each([
    '1.1.1.1',
    '9.255.255.255',
    '11.0.0.0',
    '45.1.2.3',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.1',
    '169.253.255.255',
    '169.255.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.0.1.1',
    '192.0.3.1',
    '192.31.196.1',
    '192.52.193.1',
    '192.167.255.255',
    '192.169.0.0',
    '192.175.48.1',
    '198.17.255.255',
    '198.20.0.0',
    '198.51.99.255',
    '203.0.112.255',
    '203.0.114.0',
    '223.255.255.255',
  ])('%s is globally routable', (address) => {
    expect(rangeOf(address)).toBeUndefined();
  });
});

describe('IPv6', () => {
  it.each([
    '::',
    '::1',
    '::2',
    '::7f00:1',
    '::0a00:1',
    '::8.8.8.8',
    '100::1',
    '100:0:0:1::1',
    '1000::1',
    '2001:2::1',
    '2001:10::1',
    '2001:db8::1',
    '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff',
    '3fff::1',
    '4000::1',
    '5f00::1',
    '8000::1',
    'e000::1',
    'fc00::1',
    'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    'fe80::1',
    'febf::1',
    'fec0::1',
    'ff02::1',
    'ff0e::1',
    '64:ff9b:1::1',
    '64:ff9b:1::8.8.8.8',
  ])('%s is not globally routable', (address) => {
    expect(rangeOf(address)).toEqual(expect.any(String));
  });

  it.each([
    '2001:470::1',
    '2001:3::1',
    '2001:4:112::1',
    '2606:4700:4700::1111',
    '2620:4f:8000::1',
    '2a00:1450:4001:830::200e',
    '3ffe::1',
  ])('%s is globally routable', (address) => {
    expect(rangeOf(address)).toBeUndefined();
  });

  /** The ways to embed an IPv4 address in an IPv6 address. */
  const embeddings: [string, (v4: string) => string][] = [
    ['mapped', (v4) => `::ffff:${v4}`],
    ['translated (RFC 6145)', (v4) => `::ffff:0:${v4}`],
    ['NAT64', (v4) => `64:ff9b::${v4}`],
    ['6to4', (v4) => `2002:${hex(v4)}::1`],
    ['Teredo', (v4) => `2001:0:4136:e378:8000:63bf:${hex(inverted(v4))}`],
  ];

  it.each(embeddings)(
    'an IPv6 address is as routable as the IPv4 address in it: %s',
    (_, embed) => {
      for (const inner of [
        '10.1.2.3',
        '127.0.0.1',
        '192.168.0.1',
        '169.254.169.254',
        '203.0.113.9',
      ]) {
        expect(rangeOf(embed(inner)), embed(inner)).toBe(rangeOf(inner));
      }
      for (const outer of ['45.1.2.3', '8.8.4.4', '172.32.0.1']) {
        expect(rangeOf(embed(outer)), embed(outer)).toBeUndefined();
        expect(embeddedIpv4(ipaddr.IPv6.parse(embed(outer)))?.toString()).toBe(outer);
      }
    },
  );

  it('an IPv6 address of another range has no IPv4 address in it', () => {
    expect(embeddedIpv4(ipaddr.IPv6.parse('2606:4700::1111'))).toBeUndefined();
    expect(embeddedIpv4(ipaddr.IPv6.parse('64:ff9b:1::8.8.8.8'))).toBeUndefined();
  });
});

const bytesOf = (v4: string) => v4.split('.').map(Number);
const inverted = (v4: string) =>
  bytesOf(v4)
    .map((byte) => 255 - byte)
    .join('.');
const hex = (v4: string) => {
  const [a = 0, b = 0, c = 0, d = 0] = bytesOf(v4);
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
};
