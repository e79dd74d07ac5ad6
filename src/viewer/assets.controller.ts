import { Controller, Get, Header } from '@nestjs/common';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { icon } from './templates/icon.js';
import { style } from './templates/style.js';

const require = createRequire(import.meta.url);
// One script: on its own, the extension may come after htmx has already looked at the page.
const scripts = ['htmx.org/dist/htmx.min.js', 'htmx.org/dist/ext/hx-sse.min.js']
  .map((name) => readFileSync(require.resolve(name), 'utf8'))
  .join('\n');

// Asked for again each time and answered 304: an update of the server is an update of the page.
const REVALIDATE = 'no-cache';

/** The page's own files. They hold nothing secret, and the login form needs them. */
@Controller('assets')
export class AssetsController {
  @Get('htmx.js')
  @Header('Content-Type', 'text/javascript; charset=utf-8')
  @Header('Cache-Control', REVALIDATE)
  htmx(): string {
    return scripts;
  }

  @Get('style.css')
  @Header('Content-Type', 'text/css; charset=utf-8')
  @Header('Cache-Control', REVALIDATE)
  style(): string {
    return style;
  }

  @Get('icon.svg')
  @Header('Content-Type', 'image/svg+xml')
  @Header('Cache-Control', REVALIDATE)
  icon(): string {
    return icon;
  }
}
