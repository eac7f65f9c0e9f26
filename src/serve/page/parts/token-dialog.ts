// Asks for a token when the server wants one. It is kept for this tab only.
import { keepCredentials, readCredentials } from '../api/credentials.ts';
import type { Actions, Part, PageView } from '../page-view.ts';
import { byId } from './element.ts';

export class TokenDialog implements Part {
  private readonly dialog = byId('token-dialog', HTMLDialogElement);
  private readonly token = byId('token', HTMLInputElement);
  private readonly tenant = byId('tenant', HTMLInputElement);
  private readonly reason = byId('token-reason', HTMLElement);

  constructor(actions: Actions) {
    byId('token-form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      keepCredentials({ token: this.token.value.trim(), tenant: this.tenant.value.trim() });
      this.dialog.close();
      actions.refresh();
    });
    // Without a token there is nothing to see; what was seen before stays hidden behind the dialog.
    this.dialog.addEventListener('cancel', (event) => {
      event.preventDefault();
    });
  }

  readonly render = ({ data }: PageView): void => {
    if (data.isLoading || data.error?.kind !== 'forbidden' || this.dialog.open) return;
    const { token, tenant } = readCredentials();
    const verdict = token === '' ? 'The server says' : 'The server did not accept the token';
    this.reason.textContent = `${verdict}: ${data.error.message}`;
    this.token.value = '';
    this.tenant.value = tenant;
    this.token.setAttribute('aria-invalid', String(token !== ''));
    this.dialog.showModal();
  };
}
