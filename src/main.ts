/**
 * Starts the application, if this Node can run it. What needs a newer Node is imported only then, so that an old one says
 * so in one line instead of failing on a missing module.
 */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major > 22 || (major === 22 && minor >= 13)) {
  const { start } = await import('./start.js');
  await start();
} else {
  process.stderr.write(
    `The application needs Node 22.13 or newer, and this is ${process.versions.node}: install Node 24.\n`,
  );
  process.exitCode = 1;
}
