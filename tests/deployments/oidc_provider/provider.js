// oidc-provider as a SMART authorization server: `node provider.js CONFIG.json` serves until its standard input closes.
// CONFIG.json: {issuer, certificate, audience, origin, scopes, clients, members}; `certificate` is a PEM file that holds
// key and certificate, `members` maps a user name to {password, patient, name}.

import { generateKeyPairSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';

import Provider, { errors } from 'oidc-provider';

import { consentPage, loginPage, refusalPage } from './pages.js';

const config = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const HOUR = 3600;

function signingKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' };
}

// SMART App Launch: an app names the FHIR base it wants a token for.
function checkAudience(ctx, value) {
  if (value?.replace(/\/$/, '') !== config.audience) throw new errors.InvalidRequest('aud is not the FHIR base');
}

function account(ctx, username) {
  const member = config.members[username];
  const claims = () => ({ sub: username, name: member.name, fhirUser: `${config.audience}/Patient/${member.patient}` });
  return member && { accountId: username, claims };
}

const provider = new Provider(config.issuer, {
  clients: config.clients,
  jwks: { keys: [signingKey()] },
  scopes: config.scopes,
  claims: { openid: ['sub'], fhirUser: ['fhirUser'], profile: ['name'] },
  conformIdTokenClaims: false, // fhirUser is a claim of the id_token, not only of the userinfo answer
  findAccount: account,
  extraParams: { aud: checkAudience },
  extraTokenClaims: (ctx, token) => ({ patient: config.members[token.accountId]?.patient }),
  pkce: { required: () => true },
  clientBasedCORS: (ctx, origin) => origin === config.origin,
  cookies: { keys: [randomBytes(32).toString('hex')] },
  features: {
    devInteractions: { enabled: false },
    introspection: { enabled: true },
    revocation: { enabled: true },
  },
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  ttl: { AccessToken: HOUR, AuthorizationCode: 60, Grant: 24 * HOUR, IdToken: HOUR, Interaction: HOUR, RefreshToken: 24 * HOUR, Session: 24 * HOUR },
});

const opensPatient = (scope) => scope === 'launch/patient' || scope.startsWith('patient/');

// SMART App Launch: the launch context comes beside the access token.
provider.use(async (ctx, next) => {
  await next();
  const granted = ctx.oidc?.entities.AccessToken;
  if (ctx.oidc?.route === 'token' && ctx.body?.access_token && granted && [...granted.scopes].some(opensPatient)) {
    ctx.body.patient = granted.extra.patient;
  }
});

function passwordFits(username, password) {
  const known = Object.hasOwn(config.members, username) ? config.members[username].password : randomBytes(16).toString('hex');
  const [left, right] = [Buffer.from(known), Buffer.from(password)];
  return left.length === right.length && timingSafeEqual(left, right);
}

async function formOf(request) {
  let text = '';
  for await (const part of request) {
    text += part;
    if (text.length > 10_000) throw new errors.InvalidRequest('the form is too long');
  }
  return new URLSearchParams(text);
}

async function granted(details) {
  const existing = details.grantId && (await provider.Grant.find(details.grantId));
  const grant = existing || new provider.Grant({ accountId: details.session.accountId, clientId: details.params.client_id });
  const { missingOIDCScope, missingOIDCClaims } = details.prompt.details;
  if (missingOIDCScope) grant.addOIDCScope(missingOIDCScope.join(' '));
  if (missingOIDCClaims) grant.addOIDCClaims(missingOIDCClaims);
  return grant.save();
}

function show(response, page, status = 200) {
  const headers = { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' };
  response.writeHead(status, { ...headers, 'Content-Security-Policy': "frame-ancestors 'none'", 'X-Frame-Options': 'DENY' });
  response.end(page);
}

const DENIED = { error: 'access_denied', error_description: 'The member refused.' };

async function interact(request, response) {
  const details = await provider.interactionDetails(request, response);
  const action = `/interaction/${details.uid}`;
  const login = details.prompt.name === 'login';
  if (request.method !== 'POST') {
    const client = await provider.Client.find(details.params.client_id);
    show(response, login ? loginPage(action) : consentPage(action, client.clientName, details.params.scope));
    return;
  }
  const form = await formOf(request);
  const [username, password] = [form.get('username') ?? '', form.get('password') ?? ''];
  if (login && !passwordFits(username, password)) {
    show(response, loginPage(action, 'User name or password is wrong.'));
  } else if (login) {
    await provider.interactionFinished(request, response, { login: { accountId: username } }, { mergeWithLastSubmission: false });
  } else if (form.get('decision') === 'approve') {
    await provider.interactionFinished(request, response, { consent: { grantId: await granted(details) } });
  } else {
    await provider.interactionFinished(request, response, DENIED, { mergeWithLastSubmission: false });
  }
}

const answer = provider.callback();
const tls = readFileSync(config.certificate);
createServer({ key: tls, cert: tls }, (request, response) => {
  if (!request.url.startsWith('/interaction/')) return answer(request, response);
  return interact(request, response).catch((problem) => {
    if (!(problem instanceof errors.OIDCProviderError)) console.error(problem);
    show(response, refusalPage(), 400);
  });
}).listen(Number(new URL(config.issuer).port), '127.0.0.1');

process.stdin.on('end', () => process.exit(0)).resume();
