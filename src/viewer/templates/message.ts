/** One message. The tabs are links: they work without scripts, and each way to look at a mail has an address. */
export const messageTemplate = `
<% const mail = it.message, path = '/messages/' + encodeURIComponent(mail.id) %>
<% const raw = '/api' + path + '/raw', received = it.formatDate(mail.receivedAt) %>
<p class="back"><a href="/">← All messages</a></p>
<article>
  <h1><bdi><%= it.title %></bdi></h1>
  <div class="facts">
    <dl>
      <div><dt>From</dt><dd><bdi><%= mail.from || '(none)' %></bdi></dd></div>
      <div><dt>To</dt><dd><bdi><%= it.fields('to') || '(none)' %></bdi></dd></div>
      <% if (it.fields('cc')) { %><div><dt>Cc</dt><dd><bdi><%= it.fields('cc') %></bdi></dd></div><% } %>
      <div><dt>Date</dt><dd><bdi><%= it.fields('date') || '(none)' %></bdi></dd></div>
      <div><dt>Received</dt><dd><time datetime="<%= mail.receivedAt.toISOString() %>"><%= received.day %>, <%= received.time %></time></dd></div>
      <div><dt>Size</dt><dd><%= it.formatBytes(mail.size) %></dd></div>
    </dl>
    <dl>
      <div><dt>Sent by</dt><dd><bdi><%= mail.user %></bdi></dd></div>
      <div><dt>Authentication</dt><dd><%= mail.authMethod %></dd></div>
      <div><dt>TLS</dt><dd><span class="tag <%= mail.secure ? 'good' : 'bad' %>"><%= mail.secure ? 'encrypted' : 'clear' %></span> <%= it.formatTls(mail) %></dd></div>
      <div><dt>Client</dt><dd><bdi><%= mail.clientName %></bdi> <span class="muted">at</span> <%= mail.remoteAddress %></dd></div>
      <div><dt>MAIL FROM</dt><dd><code>&lt;<bdi><%= mail.mailFrom %></bdi>&gt;</code></dd></div>
      <div><dt>RCPT TO</dt><dd><% for (const recipient of mail.rcptTo) { %><code>&lt;<bdi><%= recipient %></bdi>&gt;</code> <% } %></dd></div>
    </dl>
  </div>
  <% if (it.content.problem) { %><p class="warning" role="note"><%= it.content.problem %></p><% } %>
  <% if (it.content.attachments.length > 0) { %>
  <ul class="attachments" aria-label="Attachments">
    <% for (const part of it.content.attachments) { %>
    <li><bdi><%= part.filename || 'unnamed' %></bdi> <span class="muted"><%= part.contentType %>, <%= it.formatBytes(part.size) %></span></li>
    <% } %>
  </ul>
  <% } %>
  <nav class="tabs" aria-label="Ways to look at this message">
    <% for (const tab of it.tabs) { %>
    <a href="<%= path %>?view=<%= tab %>"<% if (tab === it.tab) { %> aria-current="page"<% } %>><%= tab === 'html' ? 'HTML' : tab[0].toUpperCase() + tab.slice(1) %></a>
    <% } %>
    <a class="download" href="<%= raw %>" download>Download</a>
  </nav>
  <section class="pane" aria-label="Message, as <%= it.tab %>">
    <% if (it.tab === 'html' && it.content.html !== null) { %>
    <iframe sandbox referrerpolicy="no-referrer" src="<%= path %>/html" title="The HTML of the message"></iframe>
    <p class="muted note">Shown without scripts, remote images and working links; where a link leads is in the source.</p>
    <% } else if (it.tab === 'html') { %>
    <p class="muted">This message has no HTML.</p>
    <% } else if (it.tab === 'text' && it.content.text !== null) { %>
    <pre class="text" tabindex="0" dir="auto"><%= it.content.text %></pre>
    <% } else if (it.tab === 'text') { %>
    <p class="muted">This message has no plain text.</p>
    <% } else if (it.tab === 'headers') { %>
    <table>
      <thead><tr><th scope="col">Field</th><th scope="col">Value</th></tr></thead>
      <tbody>
      <% for (const field of it.content.headers) { %>
      <tr><th scope="row"><bdi><%= field.name %></bdi></th><td><bdi><%= field.value %></bdi></td></tr>
      <% } %>
      </tbody>
    </table>
    <% } else { %>
    <pre tabindex="0"><%= it.source.text %></pre>
    <% if (!it.source.complete) { %><p class="note">This is the beginning. <a href="<%= raw %>" download>Download all of it</a>.</p><% } %>
    <% } %>
  </section>
</article>
`;
