// Token and tenant: kept for this tab only, gone when it is closed. They are never part of an address.

const TOKEN_KEY = 'spybridge.token';
const TENANT_KEY = 'spybridge.tenant';

export interface Credentials {
  /** Empty: none. */
  readonly token: string;
  readonly tenant: string;
}

export function readCredentials(): Credentials {
  return { token: sessionStorage.getItem(TOKEN_KEY) ?? '', tenant: sessionStorage.getItem(TENANT_KEY) ?? '' };
}

export function keepCredentials({ token, tenant }: Credentials): void {
  keep(TOKEN_KEY, token);
  keep(TENANT_KEY, tenant);
}

function keep(key: string, value: string): void {
  if (value === '') sessionStorage.removeItem(key);
  else sessionStorage.setItem(key, value);
}

export function credentialHeaders(): Record<string, string> {
  const { token, tenant } = readCredentials();
  return {
    ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
    ...(tenant === '' ? {} : { 'x-scope-orgid': tenant }),
  };
}
