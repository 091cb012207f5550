import ipaddr from 'ipaddr.js';

/** Azure's host answers its guests at this address of its own, which looks like any other. */
const azureHost = '168.63.129.16';
const ipv4Mapped = [ipaddr.IPv6.parse('::ffff:0:0'), 96] as const;
/** Where a network without IPv4 reaches the IPv4 internet (RFC 6052); its DNS answers with such addresses. */
const nat64 = [ipaddr.IPv6.parse('64:ff9b::'), 96] as const;
/** All that is assigned for global unicast (RFC 4291); the rest is local, special or nobody's. */
const globalUnicast = [ipaddr.IPv6.parse('2000::'), 3] as const;

/**
 * Whether an address is a unicast address of the public internet: not private, loopback, link-local, shared, multicast,
 * reserved or documentation, and no IPv6 form (mapped, NAT64) of such an IPv4 address. Tunnels (6to4, Teredo) are none.
 * @param address as a resolver gives it, or a URL's host without brackets
 */
export const isPublicAddress = (address: string): boolean => {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed instanceof ipaddr.IPv4) return isPublicIPv4(parsed);
  if (parsed.zoneId !== undefined) return false;
  if (parsed.match(ipv4Mapped as never) || parsed.match(nat64 as never))
    return isPublicIPv4(lastFourBytes(parsed));
  return parsed.range() === 'unicast' && parsed.match(globalUnicast as never);
};

const isPublicIPv4 = (address: ipaddr.IPv4): boolean =>
  address.range() === 'unicast' && address.toString() !== azureHost;

const lastFourBytes = (address: ipaddr.IPv6): ipaddr.IPv4 => new ipaddr.IPv4(address.toByteArray().slice(-4));
