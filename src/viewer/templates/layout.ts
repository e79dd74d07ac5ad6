/** Around every page. `it.body` is a page that its own template has escaped. */
export const layoutTemplate = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="htmx-config" content='{"history":"reload","includeIndicatorCSS":false,"extensions":"sse"}'>
<title><%= it.title %> · Mail</title>
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/style.css">
<% if (it.session) { %>
<script src="/assets/htmx.js" defer></script>
<% } %>
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header class="bar">
  <a class="brand" href="/"><img src="/assets/icon.svg" alt="" width="24" height="24"> Mail</a>
  <% if (it.session) { %>
  <form method="post" action="/logout"><button class="quiet" type="submit">Log out</button></form>
  <% } %>
</header>
<main id="main">
<%~ it.body %>
</main>
</body>
</html>
`;
