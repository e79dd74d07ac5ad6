/** A sentence where a page could not be shown. */
export const noticeTemplate = `
<section class="card narrow">
  <h1><%= it.title %></h1>
  <p><%= it.text %></p>
  <p><a href="/">To the messages</a></p>
</section>
`;
