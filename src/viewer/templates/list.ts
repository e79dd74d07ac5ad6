/**
 * The list. On its first page the list asks for itself again whenever the event stream says that there is new mail;
 * older pages do not move under the reader.
 */
export const listTemplate = `
<form class="search" role="search" action="/" method="get"
  hx-get="/" hx-trigger="input delay:300ms, submit" hx-target="#list" hx-select="#list" hx-swap="outerHTML"
  hx-replace-url="true">
  <label class="hidden" for="query">Search subject, addresses and user</label>
  <input id="query" name="query" type="search" value="<%= it.query %>" maxlength="500" autocomplete="off"
    placeholder="Search subject, addresses, user">
  <button type="submit">Search</button>
</form>
<div id="live" hx-sse:connect="/events" hx-swap="none"></div>
<% const search = it.query ? 'query=' + encodeURIComponent(it.query) : '' %>
<section id="list" aria-labelledby="heading"
  <% if (it.newest) { %>hx-get="/?<%= search %>" hx-trigger="mail from:#live" hx-target="this" hx-select="#list" hx-swap="outerMorph"<% } %>>
  <div class="heading">
    <h1 id="heading"><%= it.query ? 'Found' : it.newest ? 'Newest messages' : 'Older messages' %></h1>
    <% if (it.newest) { %><p class="live muted">Updates by itself</p><% } else { %><a href="/?<%= search %>">Newest</a><% } %>
  </div>
  <% if (it.items.length > 0) { %>
  <ol class="mails">
    <% for (const mail of it.items) { const received = it.formatDate(mail.receivedAt) %>
    <li id="mail-<%= mail.id %>">
      <a class="mail" href="/messages/<%= encodeURIComponent(mail.id) %>">
        <span class="from"><bdi><%= mail.from || mail.mailFrom || '(no sender)' %></bdi></span>
        <span class="subject"><bdi><%= mail.subject || '(no subject)' %></bdi></span>
        <span class="to"><span class="muted">to</span> <bdi><%= mail.rcptTo[0] %></bdi><% if (mail.rcptTo.length > 1) { %>
          <span class="muted">and <%= mail.rcptTo.length - 1 %> more</span><% } %></span>
        <span class="tags">
          <span class="tag" title="Logged in with <%= mail.authMethod %>"><span class="hidden">user</span> <bdi><%= mail.user %></bdi></span>
          <span class="tag <%= mail.secure ? 'good' : 'bad' %>"><%= mail.secure ? 'TLS' : 'clear' %></span>
        </span>
        <span class="size muted"><%= it.formatBytes(mail.size) %></span>
        <time class="time muted" datetime="<%= mail.receivedAt.toISOString() %>"><%= received.day %> <span><%= received.time %></span></time>
      </a>
    </li>
    <% } %>
  </ol>
  <% } else if (it.query) { %>
  <p class="card empty">No message has <q><bdi><%= it.query %></bdi></q> in its subject, its addresses or its user.</p>
  <% } else { %>
  <div class="card empty">
    <h2>No mail yet</h2>
    <p>Send a first one, with the account that was printed at the first start. It appears here by itself.</p>
    <pre tabindex="0"><code><%= it.firstMail %></code></pre>
  </div>
  <% } %>
  <% if (it.next !== null) { %>
  <nav class="pages" aria-label="Pages"><a rel="next" href="/?<%= search ? search + '&' : '' %>cursor=<%= it.next %>">Older messages</a></nav>
  <% } %>
</section>
`;
