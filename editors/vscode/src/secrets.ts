// The API key of a remote engine: kept by the editor, given to the server in its environment, never in a setting.

import * as vscode from "vscode";

const KEY = "atlas.apiKey";

export class Secrets {
  private given: string | undefined;

  constructor(private readonly storage: vscode.SecretStorage) {}

  get onChange(): vscode.Event<void> {
    return (listener, self, disposables) =>
      this.storage.onDidChange(
        (event) => {
          if (event.key === KEY) listener.call(self);
        },
        undefined,
        disposables,
      );
  }

  /** Return the variables to start the server with. */
  async environment(): Promise<Record<string, string>> {
    const key = await this.storage.get(KEY);
    this.given = this.variable();
    return key ? { [this.given]: key } : {};
  }

  /** Whether the settings name another variable than the server was started with. */
  get isRenamed(): boolean {
    return this.given !== undefined && this.given !== this.variable();
  }

  /** Ask for the key and keep it. */
  async ask(): Promise<void> {
    const key = await vscode.window.showInputBox({
      title: vscode.l10n.t("API key of the remote engine"),
      prompt: vscode.l10n.t("Kept in the editor's secret storage. The server restarts with it."),
      password: true,
      ignoreFocusOut: true,
    });
    if (key) await this.storage.store(KEY, key);
  }

  async remove(): Promise<void> {
    await this.storage.delete(KEY);
  }

  private variable(): string {
    const engine = vscode.workspace.getConfiguration("atlas").get<{ engine?: { api_key_env?: string } }>("advanced");
    return engine?.engine?.api_key_env || "ATLAS_API_KEY";
  }
}
