/**
 * For Fastify's `trustProxy`: believes the last so many senders of a request, which are proxies of one's own. Each adds to
 * `X-Forwarded-For` whom it heard; what stands before that is the stranger's own word, and gives nobody another address.
 * @param proxies in front, one behind the other; 0: the address of the connection counts
 */
export const trustedProxies = (proxies: number): false | ((address: string, hop: number) => boolean) =>
  proxies > 0 && ((_address, hop) => hop < proxies);
