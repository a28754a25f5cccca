// From the progress that LSP reports, shares of the whole, to the increments that VS Code takes.

export interface Reported {
  message?: string;
  percentage?: number;
}

export class Steps {
  private percentage = 0;
  private message = "";

  /** Return the next step; a share that is smaller than the last is not shown. */
  next(value: Reported, tail = ""): { message: string; increment: number } {
    const percentage = Math.min(100, Math.max(this.percentage, value.percentage ?? this.percentage));
    const increment = percentage - this.percentage;
    this.percentage = percentage;
    this.message = value.message ?? this.message;
    return { message: tail ? `${this.message} · ${tail}` : this.message, increment };
  }
}

/** Return a Markdown link that runs a command of the editor. */
export function commandLink(text: string, command: string, ...args: unknown[]): string {
  const query = args.length ? `?${encodeURIComponent(JSON.stringify(args)).replace(/[()]/g, hex)}` : "";
  return `[${text}](command:${command}${query})`;
}

function hex(character: string): string {
  return `%${character.charCodeAt(0).toString(16)}`;
}
