import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { certificate } from './running.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const pages = join(root, 'test/compat/page');
const IMPORT = "from 'smtp-server';";

/** The examples of test/compat/page with their import as it is, or changed to another library: that one line only. */
export class PageExamples {
  private readonly folder: string;
  private readonly files: readonly string[];
  private runs = 0;

  /** @param library the name to import in place of smtp-server */
  constructor(library: string) {
    this.folder = join(root, 'node_modules/.cache/compat-page', `${library.replace('/', '-')}-${process.pid}`);
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(join(this.folder, 'private.key'), certificate.key);
    writeFileSync(join(this.folder, 'server.crt'), certificate.cert);
    const names = readdirSync(pages).filter((name) => name.endsWith('.ts'));
    this.files = names.map((name) => {
      const source = readFileSync(join(pages, name), 'utf8');
      if (source.split(IMPORT).length !== 2) throw new Error(`${name} does not import smtp-server in one line`);
      const copy = join(this.folder, name.replace(/\.ts$/, '.mts'));
      writeFileSync(copy, source.replace(IMPORT, `from '${library}';`));
      return copy;
    });
  }

  /** Compiles all; gives what the compiler has to say of them, nothing if all is well. */
  compile(): readonly string[] {
    const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
      config: object;
    };
    const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, root);
    const program = ts.createProgram([...this.files], { ...options, noEmit: false, sourceMap: false });
    program.emit(undefined, (file, text) => {
      if (file.startsWith(this.folder)) writeFileSync(file, text);
    });
    return ts
      .getPreEmitDiagnostics(program)
      .map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`);
  }

  /** Runs an example, anew each time, and gives what it exports. Needs `compile()` before. */
  async run<T>(name: string): Promise<T> {
    return (await import(`${join(this.folder, name)}.mjs?run=${++this.runs}`)) as T;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
