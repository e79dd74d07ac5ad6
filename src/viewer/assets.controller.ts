import { Controller, Get, Header } from '@nestjs/common';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { icon } from './templates/icon.js';
import { style } from './templates/style.js';

const require = createRequire(import.meta.url);
const htmx = readFileSync(require.resolve('htmx.org/dist/htmx.min.js'), 'utf8');
const htmxSse = readFileSync(require.resolve('htmx.org/dist/ext/hx-sse.min.js'), 'utf8');

// Asked for again each time and answered 304: an update of the server is an update of the page.
const REVALIDATE = 'no-cache';

/** The page's own files. They hold nothing secret, and the login form needs them. */
@Controller('assets')
export class AssetsController {
  @Get('htmx.js')
  @Header('Content-Type', 'text/javascript; charset=utf-8')
  @Header('Cache-Control', REVALIDATE)
  htmx(): string {
    return htmx;
  }

  @Get('htmx-sse.js')
  @Header('Content-Type', 'text/javascript; charset=utf-8')
  @Header('Cache-Control', REVALIDATE)
  htmxSse(): string {
    return htmxSse;
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
