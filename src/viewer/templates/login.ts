/** Asks for the admin token. */
export const loginTemplate = `
<section class="card narrow">
  <h1>Log in</h1>
  <p class="muted">The admin token is in the server's <code>ADMIN_TOKEN</code>, or was printed at its first start.</p>
  <form method="post" action="/login" class="stack">
    <input type="hidden" name="next" value="<%= it.next %>">
    <input type="text" name="username" value="admin" autocomplete="username" hidden>
    <label for="token">Admin token</label>
    <input id="token" name="token" type="password" autocomplete="current-password" required autofocus
      <% if (it.failed) { %>aria-invalid="true" aria-describedby="failed"<% } %>>
    <% if (it.failed) { %><p class="error" id="failed" role="alert">This is not the admin token.</p><% } %>
    <button type="submit">Log in</button>
  </form>
</section>
`;
