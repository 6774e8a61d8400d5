import { assert, describe, it } from "vitest"
import { addressRange, isAddress, isOwnMachine, isPublicAddress, originOf } from "../src/network/Address.ts"

describe("an address is public", () => {
  for (const address of [
    "1.1.1.1",
    "8.8.8.8",
    "140.82.121.6",
    "172.32.0.1",
    "2606:4700:4700::1111",
    "[2a00:1450:4001:80e::200e]"
  ]) {
    it(`when it is ${address}`, () => assert.isTrue(isPublicAddress(address)))
  }
})

const refused: ReadonlyArray<readonly [address: string, range: string]> = [
  ["127.0.0.1", "loopback"],
  ["127.1", "loopback"],
  ["0x7f.1", "loopback"],
  ["0177.0.0.1", "loopback"],
  ["2130706433", "loopback"],
  ["127.0.0.1.", "loopback"],
  ["0.0.0.0", "unspecified"],
  ["0", "unspecified"],
  ["10.1.2.3", "private"],
  ["172.16.0.1", "private"],
  ["172.31.255.255", "private"],
  ["192.168.1.1", "private"],
  ["169.254.169.254", "linkLocal"],
  ["100.64.0.1", "carrierGradeNat"],
  ["100.100.100.200", "carrierGradeNat"],
  ["168.63.129.16", "metadata"],
  ["224.0.0.1", "multicast"],
  ["255.255.255.255", "broadcast"],
  ["192.0.0.192", "reserved"],
  ["198.18.0.1", "reserved"],
  ["240.0.0.1", "reserved"],
  ["::1", "loopback"],
  ["[::1]", "loopback"],
  ["::", "unspecified"],
  ["[::ffff:127.0.0.1]", "ipv4Mapped"],
  ["[::ffff:7f00:1]", "ipv4Mapped"],
  ["::ffff:8.8.8.8", "ipv4Mapped"],
  ["::7f00:1", "reserved"],
  ["fe80::1", "linkLocal"],
  ["fe80::1%eth0", "linkLocal"],
  ["fd00:ec2::254", "uniqueLocal"],
  ["fc00::1", "uniqueLocal"],
  ["ff02::1", "multicast"],
  ["64:ff9b::7f00:1", "rfc6052"],
  ["64:ff9b:1::a9fe:a9fe", "rfc6052"],
  ["2002:7f00:1::", "6to4"],
  ["2001:0:7f00:1::", "teredo"],
  ["fec0::1", "deprecatedSiteLocal"],
  ["2001:db8::1", "reserved"],
  ["4000::1", "reserved"]
]

describe("an address is not public", () => {
  for (const [address, range] of refused) {
    it(`when it is ${address} (${range})`, () => {
      assert.strictEqual(addressRange(address), range)
      assert.isFalse(isPublicAddress(address))
    })
  }
})

describe("a host is a name, not an address", () => {
  for (const host of [
    "example.com",
    "face.b00c",
    "a1.de",
    "localhost",
    "127.0.0.1.evil.example",
    "abc",
    "dead",
    "",
    "1.2.3.4.5"
  ]) {
    it(`when it is "${host}"`, () => {
      assert.isFalse(isAddress(host))
      assert.isFalse(isPublicAddress(host))
    })
  }
})

describe("this machine is recognised", () => {
  const own = [
    "127.0.0.1",
    "127.8.8.8",
    "127.1",
    "0.0.0.0",
    "::",
    "[::1]",
    "::ffff:7f00:1",
    "64:ff9b::7f00:1",
    "::7f00:1",
    "localhost",
    "localhost.",
    "x.localhost"
  ]
  for (const host of own) it(`when it is spelled ${host}`, () => assert.isTrue(isOwnMachine(host)))
  for (const host of ["10.0.0.1", "1.1.1.1", "::ffff:8.8.8.8", "localhost.example"]) {
    it(`and not when it is ${host}`, () => assert.isFalse(isOwnMachine(host)))
  }
})

it("an origin is scheme, host and port of an http address, and nothing of any other", () => {
  assert.strictEqual(originOf("http://127.1:8080/a?b"), "http://127.0.0.1:8080")
  assert.strictEqual(originOf("https://a.example:443/"), "https://a.example")
  assert.isUndefined(originOf("file:///etc/passwd"))
  assert.isUndefined(originOf("not a url"))
})
