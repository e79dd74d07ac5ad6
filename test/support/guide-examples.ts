import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** How the examples are written and completed is told in test/guide/README.md. */
const root = fileURLToPath(new URL('../../', import.meta.url));

/** Where names come from that an example uses without importing them. */
const SOURCES = [
  '../../../../test/guide/fixtures.js',
  'nestjs-smtp',
  'nestjs-smtp/testing',
  'smtp-engine',
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/testing',
  'class-validator',
  'node:crypto',
  'node:fs/promises',
  'node:stream/promises',
];
/** The same for examples of smtp-engine alone, see `CompiledExamples.of()`. */
export const ENGINE_FIXTURES = '../../../../test/guide/engine-fixtures.js';
const CATALOG = 'catalog.mts';
const UNKNOWN_NAME = new Set([2304, 2552, 2503, 18004]);
const BLOCK = /(?:^<!-- example: (?<name>[\w-]+) -->\n\n?)?^```ts\n(?<code>[^]*?)^```$/gm;

/** A page of the guide, or with a slash a path of the repository. */
function pathOf(page: string): string {
  return join(root, page.includes('/') ? page : `docs/guide/${page}`);
}

export interface GuidePage {
  /** The programs of the page by name. */
  readonly examples: ReadonlyMap<string, string>;
  /** First lines of blocks that belong to no example. */
  readonly stray: readonly string[];
}

export function readGuidePage(page: string): GuidePage {
  const examples = new Map<string, string>();
  const stray: string[] = [];
  for (const { groups } of readFileSync(pathOf(page), 'utf8').matchAll(BLOCK)) {
    const { name, code = '' } = groups!;
    if (name !== undefined) examples.set(name, `${examples.get(name) ?? ''}${withFreeAddresses(code)}\n`);
    else stray.push(code.split('\n')[0]!);
  }
  return { examples, stray };
}

/** The text of the first block of a dialogue on a page: what stands between ``` without a language. */
export function readDialogue(page: string): readonly string[] {
  const text = readFileSync(pathOf(page), 'utf8');
  return /^```\n(\$ [^]*?)^```$/m.exec(text)![1]!.trimEnd().split('\n').slice(1);
}

/** Any port that is free, and sockets of this process in the temporary folder. */
function withFreeAddresses(code: string): string {
  return code
    .replace(/\bport: \d+/g, 'port: 0')
    .replace(/\.listen\(\d+\)/g, '.listen(0)')
    .replace(/\bpath: '[^']*\/(?=[\w-]+\.sock')/g, `path: '${tmpdir()}/guide-${process.pid}-`);
}

/** Examples that have been compiled, in a folder where `import()` finds their packages. */
export class CompiledExamples {
  private readonly folder: string;

  private constructor(
    page: string,
    /** What the compiler has to say of them; empty if all is well. */
    readonly problems: readonly string[],
  ) {
    this.folder = folderOf(page);
  }

  /**
   * Type-checks the examples of a page with the options of this repository, and emits them.
   *
   * @param fixtures where names come from besides, such as ENGINE_FIXTURES
   */
  static of(page: string, fixtures: readonly string[] = []): CompiledExamples {
    const folder = folderOf(page);
    mkdirSync(folder, { recursive: true });
    const found = [...readGuidePage(page).examples].map(([name, code]): [string, string] => [fileOf(page, name), code]);
    const catalog = [...SOURCES, ...fixtures].map((source) => `import '${source}';`).join('\n');
    const draft = compile(new Map([...found, [join(folder, CATALOG), catalog]]));
    const homes = exportedNames(draft, join(folder, CATALOG));
    const sources = new Map(found.map(([file, code]) => [file, complete(draft, homes, file, code)]));
    const program = compile(sources, draft);
    const problems = [...sources.keys()].flatMap((file) => problemsIn(program, file).map(sentence));
    for (const file of sources.keys()) program.emit(program.getSourceFile(file));
    return new CompiledExamples(page, problems);
  }

  /** Runs an example and gives what it declares. */
  async run<T = Record<string, never>>(name: string): Promise<T> {
    return (await import(join(this.folder, `${name}.mjs`))) as T;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function folderOf(page: string): string {
  return join(root, 'node_modules/.cache/guide-examples', `${page.replaceAll('/', '-')}-${process.pid}`);
}

function fileOf(page: string, example: string): string {
  return join(folderOf(page), `${example}.mts`);
}

function compile(sources: ReadonlyMap<string, string>, earlier?: ts.Program): ts.Program {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: object;
  };
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, root);
  // The compiler finds out by itself which of the imports that are added are types.
  Object.assign(options, { noEmit: false, verbatimModuleSyntax: false, isolatedModules: false, sourceMap: false });
  const host = ts.createCompilerHost(options);
  const { fileExists, getSourceFile, readFile } = host;
  host.fileExists = (file) => sources.has(file) || fileExists(file);
  host.readFile = (file) => sources.get(file) ?? readFile(file);
  host.getSourceFile = (file, version, ...rest) => {
    const code = sources.get(file);
    return code === undefined ? getSourceFile(file, version, ...rest) : ts.createSourceFile(file, code, version, true);
  };
  return ts.createProgram([...sources.keys()], options, host, earlier);
}

function problemsIn(program: ts.Program, file: string): readonly ts.Diagnostic[] {
  const source = program.getSourceFile(file);
  return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
}

function sentence({ file, start, messageText }: ts.Diagnostic): string {
  const line = file === undefined ? '' : file.text.slice(0, start).split('\n').length;
  const text = file?.text.split('\n')[Number(line) - 1]?.trim() ?? '';
  return `${ts.flattenDiagnosticMessageText(messageText, ' ')} – ${text}`;
}

/** Where each name comes from, types included; the first source that has it wins. */
function exportedNames(program: ts.Program, catalog: string): ReadonlyMap<string, string> {
  const checker = program.getTypeChecker();
  const homes = new Map<string, string>();
  for (const { moduleSpecifier } of program.getSourceFile(catalog)!.statements.filter(ts.isImportDeclaration)) {
    const module = checker.getSymbolAtLocation(moduleSpecifier);
    if (module === undefined) throw new Error(`${moduleSpecifier.getText()} is not found`);
    for (const { name } of checker.getExportsOfModule(module)) {
      if (!homes.has(name)) homes.set(name, (moduleSpecifier as ts.StringLiteral).text);
    }
  }
  return homes;
}

/** Adds the imports that are missing, and exports what is declared. */
function complete(draft: ts.Program, homes: ReadonlyMap<string, string>, file: string, code: string): string {
  const unknown = problemsIn(draft, file)
    .filter(({ code: number }) => UNKNOWN_NAME.has(number))
    .map(({ file: source, start, length }) => source!.text.slice(start, start! + length!));
  const imports = [...new Set(unknown)]
    .filter((name) => homes.has(name))
    .map((name) => `import { ${name} } from '${homes.get(name)!}';`);
  return `${imports.join(' ')}\n${code}\nexport { ${unexported(draft.getSourceFile(file)!).join(', ')} };\n`;
}

function unexported(source: ts.SourceFile): readonly string[] {
  return source.statements.flatMap((statement): string[] => {
    if (
      ts.canHaveModifiers(statement) &&
      statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
    ) {
      return [];
    }
    if (ts.isVariableStatement(statement)) {
      return statement.declarationList.declarations.flatMap(({ name }) =>
        ts.isIdentifier(name)
          ? [name.text]
          : name.elements.flatMap((each) => ('name' in each ? [each.name.getText()] : [])),
      );
    }
    const isNamed =
      ts.isClassDeclaration(statement) ||
      ts.isFunctionDeclaration(statement) ||
      ts.isInterfaceDeclaration(statement) ||
      ts.isTypeAliasDeclaration(statement);
    return isNamed && statement.name !== undefined ? [statement.name.text] : [];
  });
}
