// The public surface of the libraries as text, from the types they publish: what a change of it looks like stands in the
// diff. `npm run api:report` writes docs/api/*.md, `--check` (in `npm run check:packages`) compares and fails.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../', import.meta.url));
const printer = ts.createPrinter({ removeComments: true, newLine: ts.NewLineKind.LineFeed });
const kinds = ts.SyntaxKind;

/** The file of types of each entry of a package: `nestjs-smtp/testing` → dist/testing/index.d.ts. */
function entriesOf(folder) {
  const { name, exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return Object.entries(exports)
    .filter(([, target]) => target.types !== undefined)
    .map(([path, { types }]) => [join(name, path), join(folder, types)]);
}

/** One report a library: each entry with what it exports, then what those types are made of without being exported. */
function report(folder) {
  const entries = entriesOf(folder);
  const program = ts.createProgram(
    entries.map(([, file]) => file),
    { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, types: ['node'] },
  );
  const checker = program.getTypeChecker();
  const isOwn = (node) => node.getSourceFile().fileName.startsWith(join(folder, 'dist/'));
  const declared = new Set();
  const sections = entries.map(([entry, file]) => {
    const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(file)));
    const texts = exported.map((symbol) => describe(symbol, checker, isOwn, declared));
    return section(entry, texts);
  });
  // A set may grow while it is walked: so do the types that hidden types are made of.
  const hidden = new Set();
  for (const declaration of declared) {
    for (const used of ownTypesIn(declaration, checker, isOwn)) {
      if (declared.has(used)) continue;
      declared.add(used);
      hidden.add(used);
    }
  }
  if (hidden.size > 0) sections.push(section('Not exported, but part of the above', [...hidden].map(print)));
  return `${sections.join('\n\n')}\n`;
}

function section(title, texts) {
  const sorted = texts.sort((a, b) => (nameIn(a) < nameIn(b) ? -1 : 1));
  const passedOn = sorted.filter((text) => text.startsWith('export {'));
  const own = sorted.filter((text) => !passedOn.includes(text));
  const blocks = [passedOn.join('\n'), ...own].filter((block) => block !== '');
  return `## ${title}\n\n\`\`\`ts\n${blocks.join('\n\n')}\n\`\`\``;
}

/** Sorted by name, so that a type and its value are neighbours and a moved file changes nothing. */
function nameIn(text) {
  return text.replace(/^(?:declare |abstract |export |class |interface |type |function |const |\{ )+/, '');
}

function describe(symbol, checker, isOwn, declared) {
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const declarations = (target.declarations ?? []).map(statementOf);
  const [first] = declarations;
  if (first === undefined) throw new Error(`${symbol.name} has no declaration: build first`);
  if (!isOwn(first)) return `export { ${symbol.name} } from '${packageOf(first)}';`;
  for (const each of declarations) declared.add(each);
  const renamed = target.name === symbol.name ? '' : `// exported as ${symbol.name}\n`;
  return `${renamed}${declarations.map(print).join('\n')}`;
}

/** `const a: A` is a declaration within a statement; the statement is what reads well. */
function statementOf(node) {
  return ts.isVariableDeclaration(node)
    ? node.parent.parent
    : ts.isBindingElement(node)
      ? node.parent.parent.parent.parent
      : node;
}

/** The package a declaration comes from; our libraries are linked into node_modules. */
function packageOf(node) {
  const { fileName } = node.getSourceFile();
  return /libs\/([^/]+)\/dist/.exec(fileName)?.[1] ?? /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(fileName)?.[1];
}

function print(node) {
  const shown = ts.isClassDeclaration(node) ? withoutPrivates(node) : node;
  return printer.printNode(ts.EmitHint.Unspecified, shown, node.getSourceFile()).replace(/^export /, '');
}

function withoutPrivates(node) {
  const isPublic = (member) =>
    !member.modifiers?.some(({ kind }) => kind === kinds.PrivateKeyword) &&
    !(member.name && ts.isPrivateIdentifier(member.name));
  const { modifiers, name, typeParameters, heritageClauses, members } = node;
  return ts.factory.updateClassDeclaration(
    node,
    modifiers,
    name,
    typeParameters,
    heritageClauses,
    members.filter(isPublic),
  );
}

/** The package's own declarations that a declaration names. */
function ownTypesIn(declaration, checker, isOwn) {
  const found = new Set();
  const visit = (node) => {
    if (node.modifiers?.some(({ kind }) => kind === kinds.PrivateKeyword)) return;
    if (ts.isIdentifier(node)) {
      const symbol = checker.getSymbolAtLocation(node);
      const target = symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      for (const each of (target?.declarations ?? []).map(statementOf)) {
        if (ts.isSourceFile(each.parent ?? each) && !ts.isSourceFile(each) && isOwn(each)) found.add(each);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(declaration);
  return found;
}

/** What `git diff` says of two texts, without colours; '' where they are the same. */
function difference(path, expected) {
  const folder = mkdtempSync(join(tmpdir(), 'api-report-'));
  try {
    const current = join(folder, 'current.md');
    writeFileSync(current, expected);
    const files = [existsSync(path) ? path : '/dev/null', current];
    execFileSync('git', ['diff', '--no-index', '--no-color', '--', ...files], { encoding: 'utf8', stdio: 'pipe' });
    return '';
  } catch (error) {
    return error.stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

for (const library of ['smtp-engine', 'nestjs-smtp']) {
  const path = join(root, `docs/api/${library}.md`);
  const text = `# Public surface of ${library}\n\nMade by \`npm run api:report\`; do not edit.\n\n${report(join(root, 'libs', library))}`;
  if (!process.argv.includes('--check')) writeFileSync(path, text);
  else {
    const diff = difference(path, text);
    if (diff === '') continue;
    console.error(`${diff}\ndocs/api/${library}.md is not what the library exports; npm run api:report renews it`);
    process.exitCode = 1;
  }
}
