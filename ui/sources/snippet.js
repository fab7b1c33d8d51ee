// The form to paste into a page: the one text of it. The field that people do not see keeps programs out; see gateway/intake/forms.py.

export const formSnippet = (origin, key) => `<form action="${origin}/forms/${key}" method="post">
  <label>Name <input name="name" autocomplete="name" required></label>
  <label>Phone <input name="phone" type="tel" autocomplete="tel" required></label>
  <label>E-mail <input name="email" type="email" autocomplete="email"></label>
  <label>City <input name="city" autocomplete="address-level2"></label>
  <label>Message <textarea name="message"></textarea></label>
  <div style="position: absolute; left: -10000px" aria-hidden="true">
    <label>Leave this empty <input name="homepage" tabindex="-1" autocomplete="off"></label>
  </div>
  <button>Send</button>
</form>`;
