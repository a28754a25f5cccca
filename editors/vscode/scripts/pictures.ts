// Pictures of every view, dark and light, in a real VS Code with the real server: `make vscode-pictures`.
// All go into test-results/pictures; those that a README shows are copied to docs/pictures, with fewer colours.

import fs from "node:fs";
import path from "node:path";
import { BEYOND, NO_EXAMPLE, SUM } from "../tests/support/sources";
import { longSolve, until, VSCode } from "../tests/support/vscode";

const OUT = path.resolve("test-results/pictures");
const THEMES = { dark: "Default Dark Modern", light: "Default Light Modern" };
const SIZE = { width: 1000, height: 560 };
const LOOK = {
  "editor.fontSize": 14,
  "breadcrumbs.enabled": false,
  "workbench.activityBar.location": "top",
  "window.commandCenter": false,
  "workbench.layoutControl.enabled": false,
  "editor.guides.indentation": false,
  "editor.occurrencesHighlight": "off",
};
const SHOP = `"""What a shop has to count."""\n\n\n${SUM}    pass\n\n\n${NO_EXAMPLE}    ...\n`;

async function take(theme: keyof typeof THEMES): Promise<void> {
  const settings = { ...LOOK, ...longSolve(24), "workbench.colorTheme": THEMES[theme] };
  const code = await VSCode.start(`pictures-${theme}`, { settings, size: SIZE });
  const shot = async (name: string) => {
    await code.page.waitForTimeout(700); // what fades in is there
    await code.page.screenshot({ path: path.join(OUT, `${name}-${theme}.png`) });
  };
  try {
    await code.open();
    await code.command("View: Toggle Primary Side Bar Visibility");
    await code.edit(SHOP, "shop.py");
    await code.lens("Solve").waitFor();
    await code.line(4);
    await code.page.locator(".lightBulbWidget, [class*=gutter-lightbulb]").first().waitFor();
    await shot("bulb");
    const item = code.page.locator(".action-widget .monaco-list-row", { hasText: "Solve this function" }).first();
    await until("the menu is open", async () => {
      await code.page.keyboard.press("Control+.");
      return item.waitFor({ timeout: 3000 }).then(() => true);
    });
    await shot("menu");
    await code.page.keyboard.press("Enter");
    await code.untilSaid(/candidate \d+ of 24, unverified, \d+ tokens/);
    await shot("progress");
    await code.lens(/Verified 1\/1/).waitFor();
    await code.untilText("it is solved", (text) => /return sum/.test(text));
    await code.page.locator(".notification-toast", { hasText: "trying things out" }).waitFor();
    await shot("first-run");
    await code.command("Notifications: Clear All Notifications");
    await shot("verified");
    await code.page
      .locator(".view-line span", { hasText: /^total$/ })
      .first()
      .hover();
    await code.page.locator(".monaco-hover:visible", { hasText: "atlas-ls: VERIFIED" }).waitFor();
    await shot("hover");
    await code.page.mouse.move(5, 400);

    await code.line(14);
    await code.command("Atlas: Solve This Function");
    await code.notification("Is this right?").waitFor();
    await shot("question");
    await code.press(code.notification("Is this right?"), "Preview");
    await code.page.locator(".monaco-diff-editor .line-insert").first().waitFor();
    await shot("preview");
    await code.page.locator('.editor-actions [aria-label^="Confirm a Case"]').click();
    await code.page.locator(".quick-input-list .monaco-list-row", { hasText: "is right" }).first().waitFor();
    await shot("confirm");
    await code.page.keyboard.press("Escape");
    await code.command("Atlas: Show Report");
    const frame = code.page.frameLocator("iframe.webview.ready").frameLocator("iframe#active-frame");
    await frame.locator("h1", { hasText: "biggest: WEAK" }).waitFor();
    await shot("report");
    await code.command("View: Close All Editors");

    await code.command("Atlas: Show Candidates");
    await code.page.locator(".pane .monaco-list-row", { hasText: "Candidate 1" }).first().waitFor();
    await code.quickOpen("shop.py");
    await shot("candidates");
    await code.page
      .locator('.statusbar-item[id*="languageStatus"], .statusbar-item [class*=codicon-bracket]')
      .first()
      .hover();
    await code.page.locator(".hover-language-status", { hasText: "atlas-ls: ready" }).waitFor();
    await shot("status");
    await code.command("Atlas: Show Menu");
    await code.page.locator(".quick-input-list", { hasText: "Restart server" }).waitFor();
    await shot("status-menu");
    await code.page.keyboard.press("Escape");

    await code.command("View: Toggle Primary Side Bar Visibility");
    await code.edit(BEYOND, "beyond.py");
    await code.lens("Solve").click();
    await code.page.locator(".squiggly-info").first().waitFor();
    await code.command("Problems: Focus on Problems View");
    await code.page.locator(".markers-panel", { hasText: "best so far, unverified" }).waitFor();
    await shot("streaming");
    await code.lens(/Not verified/).waitFor();
    await shot("unverified");
    await code.command("View: Close Panel");
    await code.command("Welcome: Open Walkthrough...");
    await code.page.locator(".quick-input-widget input").first().fill("atlas-ls");
    await code.page.keyboard.press("Enter");
    await code.page.locator(".getting-started-step").first().waitFor();
    await shot("walkthrough");
  } finally {
    await code.quit({ failed: true });
  }
}

(async () => {
  fs.mkdirSync(OUT, { recursive: true });
  const themes = process.argv.slice(2) as (keyof typeof THEMES)[];
  for (const theme of themes.length ? themes : (["dark", "light"] as const)) await take(theme);
})();
