// In the extension host: what other extensions and the editor itself see of this one. `run` is called by VS Code.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { performance } from "node:perf_hooks";
import * as vscode from "vscode";
import { NO_EXAMPLE, SUM } from "../support/sources";

const WAIT_MS = 60_000;
const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? "";
const extension = vscode.extensions.getExtension("atlas-ls.atlas-ls") as vscode.Extension<unknown>;

const tests: Record<string, () => Promise<void>> = {
  async "it is not active before there is Python, and activates without waiting for the server"() {
    assert.ok(extension);
    assert.equal(extension.isActive, false);
    const begin = performance.now();
    await extension.activate();
    console.log(`activation: ${Math.round(performance.now() - begin)} ms`);
    assert.equal(extension.isActive, true);
  },

  async "every command of the manifest is registered, and none of the server's is contributed"() {
    await open("first.py", SUM);
    await lenses("first.py", /Solve/);
    const known = await vscode.commands.getCommands(true);
    for (const { command } of extension.packageJSON.contributes.commands) assert.ok(known.includes(command), command);
    for (const name of ["solve", "apply", "candidates"]) assert.ok(known.includes(`atlas.server.${name}`), name);
  },

  async "code actions, their kinds, and the preferred one"() {
    const document = await open("first.py", SUM);
    const actions = await actionsAt(document, 0);
    const solve = actions.find((action) => action.title === "Solve this function");
    assert.ok(solve?.isPreferred);
    assert.ok(
      solve.kind?.contains(vscode.CodeActionKind.QuickFix) ||
        vscode.CodeActionKind.QuickFix.contains(solve.kind as vscode.CodeActionKind),
    );
    assert.ok(actions.some((action) => action.title === "Write tests for this function"));
  },

  async "a solve answers, changes the document and not the disk, and is one undo"() {
    const document = await open("undo.py", SUM);
    const answer = await solve(document);
    assert.equal(answer.status, "verified");
    assert.equal(answer.applied, true);
    assert.match(document.getText(), /\n +return /);
    assert.equal(fs.readFileSync(document.uri.fsPath, "utf8"), SUM);
    assert.ok(document.isDirty);
    await vscode.commands.executeCommand("undo");
    assert.equal(document.getText(), SUM);
  },

  async "hover, lens and diagnostics of a weak result; reject drops them"() {
    const document = await open("weak.py", NO_EXAMPLE);
    const answer = await solve(document);
    assert.equal(answer.status, "weak");
    await until("the diagnostic", () =>
      vscode.languages.getDiagnostics(document.uri).some((one) => one.code === "weak"),
    );
    await lenses("weak.py", /Weak: \d/);
    const at = new vscode.Position(0, 5);
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      "vscode.executeHoverProvider",
      document.uri,
      at,
    );
    const text = hovers.flatMap((hover) => hover.contents).map((one) => (one as vscode.MarkdownString).value);
    assert.match(text.join("\n"), /atlas-ls: WEAK/);
    const shown = await vscode.commands.executeCommand<{ status: string; uri: string }>("atlas.preview");
    assert.equal(shown.status, "shown");
    const changed = await vscode.workspace.openTextDocument(vscode.Uri.parse(shown.uri));
    assert.match(changed.getText(), /\n +return /);
    assert.equal(changed.languageId, "python");
    await vscode.commands.executeCommand("atlas.rejectShown");
    await until("the diagnostics are gone", () => vscode.languages.getDiagnostics(document.uri).length === 0);
    assert.equal(document.getText(), NO_EXAMPLE);
  },

  async "a case is confirmed as it was asked, or not at all"() {
    const document = await open("asked.py", NO_EXAMPLE);
    const solved = await solve(document);
    assert.equal(solved.status, "weak");
    const which = { uri: document.uri.toString(), qualname: "biggest" };
    const confirm = (call: string, actual: string) =>
      vscode.commands.executeCommand<{ status: string; message?: string }>(
        "atlas.answer",
        which,
        { call, actual },
        true,
      );
    const refused = await confirm("biggest([7])", "'of an earlier result'");
    assert.equal(refused.status, "error");
    assert.match(refused.message ?? "", /does not rest on biggest\(\[7\]\) == 'of an earlier result'/);
    assert.equal(document.getText(), NO_EXAMPLE);
    const [first] = solved.cases_to_confirm ?? [];
    assert.ok(first);
    assert.equal((await confirm(first.call, first.actual)).status, "verified");
    assert.match(document.getText(), /\n +return /);
  },

  async "a change that is open twice is known until both are closed; on its left, the cursor counts"() {
    const document = await open("twice.py", `${NO_EXAMPLE}\n\n${SUM}`);
    assert.equal((await solve(document)).status, "weak");
    await vscode.commands.executeCommand("atlas.preview");
    await vscode.commands.executeCommand("workbench.action.splitEditor");
    const diffs = () =>
      vscode.window.tabGroups.all
        .flatMap((group) => group.tabs)
        .filter((tab) => tab.input instanceof vscode.TabInputTextDiff);
    await until("there are two", () => diffs().length === 2);
    await vscode.commands.executeCommand("workbench.action.closeActiveEditor");
    await until("there is one", () => diffs().length === 1);

    await vscode.commands.executeCommand("workbench.action.compareEditor.focusSecondarySide");
    await until(
      "the document is active",
      () => String(vscode.window.activeTextEditor?.document.uri) === String(document.uri),
    );
    const left = vscode.window.activeTextEditor as vscode.TextEditor;
    const line = document.getText().slice(0, document.getText().indexOf("def total")).split("\n").length - 1;
    left.selection = new vscode.Selection(line, 5, line, 5);
    const answer = await vscode.commands.executeCommand<{ function: string }>("atlas.solve");
    assert.equal(answer.function, "total");

    await vscode.commands.executeCommand("atlas.rejectShown");
    await until("it was rejected, and is closed", () => diffs().length === 0);
    assert.match(document.getText(), /Return the largest.*"""\n\n/);
  },

  async "untitled documents are solved"() {
    const document = await vscode.workspace.openTextDocument({ language: "python", content: SUM });
    await vscode.window.showTextDocument(document);
    const answer = await solve(document);
    assert.equal(answer.status, "verified");
    assert.match(document.getText(), /\n +return /);
  },

  async "the candidates of a function, as other extensions can ask for them"() {
    const found = await vscode.commands.executeCommand<{ candidates: { chosen: boolean }[] }>(
      "atlas.server.candidates",
      {},
    );
    assert.ok(found.candidates.length >= 3);
    assert.equal(found.candidates.filter((one) => one.chosen).length, 1);
  },

  async "settings are asked for with the scope they need"() {
    const inspect = vscode.workspace.getConfiguration("atlas").inspect("engine.model");
    assert.equal(inspect?.defaultValue, "");
    await assert.rejects(
      async () =>
        vscode.workspace
          .getConfiguration("atlas")
          .update("engine.model", "/x.gguf", vscode.ConfigurationTarget.Workspace),
      /./,
      "a workspace may not choose the model file",
    );
  },

  async "a restart leaves one server, and solves work after it"() {
    const document = await open("again.py", SUM);
    await vscode.commands.executeCommand("atlas.restart");
    await lenses("again.py", /Solve/);
    assert.equal((await solve(document)).status, "verified");
  },
};

export async function run(): Promise<void> {
  const failed: string[] = [];
  for (const [name, body] of Object.entries(tests)) {
    try {
      await body();
      console.log(`ok: ${name}`);
    } catch (error) {
      failed.push(name);
      console.log(`FAILED: ${name}: ${error instanceof Error ? error.stack : error}`);
    }
  }
  if (failed.length) throw new Error(`${failed.length} failed: ${failed.join("; ")}`);
}

async function open(name: string, text: string): Promise<vscode.TextDocument> {
  const file = path.join(folder, name);
  fs.writeFileSync(file, text);
  const document = await vscode.workspace.openTextDocument(file);
  const editor = await vscode.window.showTextDocument(document);
  editor.selection = new vscode.Selection(0, 5, 0, 5);
  return document;
}

interface Answer {
  status: string;
  applied?: boolean;
  cases_to_confirm?: { call: string; actual: string }[];
}

async function solve(document: vscode.TextDocument): Promise<Answer> {
  const editor = await vscode.window.showTextDocument(document);
  editor.selection = new vscode.Selection(0, 5, 0, 5);
  await lenses(path.basename(document.uri.path), /Solve/, document.uri);
  return vscode.commands.executeCommand<Answer>("atlas.solve");
}

async function lenses(name: string, pattern: RegExp, uri = vscode.Uri.file(path.join(folder, name))): Promise<void> {
  await until(`the lens ${pattern}`, async () => {
    const found = await vscode.commands.executeCommand<vscode.CodeLens[]>("vscode.executeCodeLensProvider", uri);
    return found?.some((lens) => pattern.test(lens.command?.title ?? ""));
  });
}

function actionsAt(document: vscode.TextDocument, line: number): Thenable<vscode.CodeAction[]> {
  const range = new vscode.Range(line, 0, line, 0);
  return vscode.commands.executeCommand("vscode.executeCodeActionProvider", document.uri, range);
}

async function until(what: string, holds: () => unknown): Promise<void> {
  const end = Date.now() + WAIT_MS;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`waited ${WAIT_MS} ms for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
