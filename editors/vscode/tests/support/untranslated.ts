// What the parts that are tested without VS Code use of it: texts that are not translated.

export const l10n = {
  t: (message: string, ...values: unknown[]) => message.replace(/\{(\d+)\}/g, (_, index) => String(values[index])),
};
