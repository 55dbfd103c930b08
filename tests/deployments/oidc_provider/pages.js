// The pages a member sees: login, consent, and the refusal of an interaction that is over.

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (text) => String(text).replace(/[&<>"']/g, (sign) => ENTITIES[sign]);

const page = (title, body) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title></head><body><main><h1>${title}</h1>${body}</main></body></html>`;

export const loginPage = (action, problem = '') => page('Sign in', `
${problem && `<p id="problem" role="alert">${escaped(problem)}</p>`}
<form method="post" action="${escaped(action)}">
<label>User name <input name="username" autocomplete="username" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button>
</form>`);

export const consentPage = (action, client, scope) => page('Allow access', `
<p>${escaped(client)} asks for:</p>
<ul>${scope.split(' ').map((each) => `<li>${escaped(each)}</li>`).join('')}</ul>
<form method="post" action="${escaped(action)}">
<button name="decision" value="approve">Allow</button>
<button name="decision" value="deny">Refuse</button>
</form>`);

export const refusalPage = () => page('Nothing to do', '<p>This sign-in is over. Go back to the app and start again.</p>');
