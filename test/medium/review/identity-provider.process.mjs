// A real OpenID Connect provider in a process of its own. Its people come by message, {subject: claims}, and whoever
// types a subject's name is that person.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const redirectUrl = process.argv[2];
let people = {};
process.on('message', (next) => {
  people = next;
  process.send({ known: Object.keys(people) });
});

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'sluice',
        client_secret: 'a secret between the two',
        redirect_uris: [redirectUrl],
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    findAccount: (_context, subject) => ({
      accountId: subject,
      claims: () => ({ sub: subject, ...people[subject] }),
    }),
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'groups'] },
    // What scopes ask for stands in the ID token, as with most providers.
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    cookies: { keys: ['signs the cookies of this test'] },
    features: { devInteractions: { enabled: true } },
  });
  server.on('request', provider.callback());
  process.send({ issuer });
});
process.on('disconnect', () => process.exit());
