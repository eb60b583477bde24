import { OUTCOMES } from '../../result/reasons.js';

/**
 * The only script of the page: it sorts, searches and filters the table of all items, and shows it in
 * pages. It reads the page and inserts only text, never markup.
 */
export const script = String.raw`(() => {
  'use strict';
  const table = document.getElementById('items');
  if (!table) return;
  const $ = (id) => document.getElementById(id);
  const body = table.tBodies[0];
  const perPage = 100;
  const ranks = ${JSON.stringify(OUTCOMES)};
  const risks = ['High', 'Medium', 'Low'];

  // Refangs text, so that a value is found by both of its forms, and a reason by its code or label.
  const searchable = (text) =>
    text.toLowerCase().replace(/_/g, ' ').replace(/\[([.@:\u3002\uff0e\uff61])\]/g, '$1').replace(/hxxp/g, 'http').replace(/fxp(?=s?:)/g, 'ftp');

  const rows = Array.from(body.rows, (tr, index) => {
    const [outcome, type, value, reason, risk, id] = tr.children;
    const raw = value.getAttribute('data-v');
    const rank = risks.indexOf(risk.textContent.trim());
    return {
      tr, index, value,
      original: raw === null ? value.firstChild.data.trim() : JSON.parse('"' + raw + '"'),
      outcome: outcome.textContent.trim(),
      type: type.textContent.trim(),
      reason: reason.firstElementChild ? reason.firstElementChild.textContent : '',
      sortable: [ranks.indexOf(tr.className), null, null, reason.textContent, rank < 0 ? 9 : rank, id.textContent.trim()],
    };
  });
  for (const row of rows) {
    row.sortable[1] = row.type;
    row.sortable[2] = row.original.toLowerCase();
  }

  const filters = ['outcome', 'type', 'reason'];
  let order = rows;
  let found = rows;
  let page = 0;
  let sorted = { column: -1, down: false };

  const count = (number) => number.toLocaleString('en-US');

  function addCopy(row) {
    if (row.copy) return;
    row.copy = document.createElement('button');
    row.copy.type = 'button';
    row.copy.className = 'copy';
    row.copy.textContent = 'Copy';
    row.copy.setAttribute('aria-label', 'Copy the original value of row ' + (row.index + 1));
    row.copy.onclick = () => copy(row);
    row.value.prepend(row.copy);
  }

  function fill(some) {
    const part = document.createDocumentFragment();
    for (const row of some) part.append(row.tr);
    body.replaceChildren(part);
  }

  function show() {
    const pages = Math.max(1, Math.ceil(found.length / perPage));
    page = Math.min(Math.max(page, 0), pages - 1);
    const some = found.slice(page * perPage, (page + 1) * perPage);
    some.forEach(addCopy);
    fill(some);
    const range = some.length ? count(page * perPage + 1) + '–' + count(page * perPage + some.length) + ' of ' : '';
    $('shown').textContent = found.length === rows.length
      ? range + count(rows.length) + (rows.length === 1 ? ' item' : ' items')
      : range + count(found.length) + ' found among ' + count(rows.length) + ' items';
    $('page').textContent = 'Page ' + count(page + 1) + ' of ' + count(pages);
    $('first').disabled = $('previous').disabled = page === 0;
    $('next').disabled = $('last').disabled = page === pages - 1;
  }

  function filter() {
    const wanted = filters.map((name) => $(name).value);
    const text = searchable($('find').value.trim());
    found = order.filter((row) => {
      if (filters.some((name, at) => wanted[at] && row[name] !== wanted[at].slice(1))) return false;
      if (!text) return true;
      row.text ??= searchable(row.tr.textContent + '\n' + row.original);
      return row.text.includes(text);
    });
    page = 0;
    show();
  }

  const collator = new Intl.Collator('en', { numeric: true });
  function compare(a, b) {
    if (typeof a === 'number') return a - b;
    if (!a || !b) return a ? -1 : b ? 1 : 0;
    return collator.compare(a, b);
  }

  const headers = Array.from(table.tHead.rows[0].cells);
  function sort(column) {
    sorted = { column, down: sorted.column === column && !sorted.down };
    const sign = sorted.down ? -1 : 1;
    order = rows.slice().sort((a, b) => sign * compare(a.sortable[column], b.sortable[column]) || a.index - b.index);
    headers.forEach((th, at) => {
      if (at === column) th.setAttribute('aria-sort', sorted.down ? 'descending' : 'ascending');
      else th.removeAttribute('aria-sort');
    });
    filter();
  }

  // A page opened from disk may have no clipboard, or no permission to use it.
  function copyBySelection(text) {
    const area = document.createElement('textarea');
    area.value = text;
    area.className = 'hidden';
    area.readOnly = true;
    const before = document.activeElement;
    document.body.append(area);
    area.select();
    let done = false;
    // A text area changes line ends, so the event gets the text.
    const setExactText = (event) => {
      event.clipboardData.setData('text/plain', text);
      event.preventDefault();
      done = true;
    };
    document.addEventListener('copy', setExactText);
    const worked = document.execCommand('copy');
    document.removeEventListener('copy', setExactText);
    area.remove();
    if (before) before.focus();
    return worked || done;
  }

  async function copy(row) {
    let done = true;
    try {
      await navigator.clipboard.writeText(row.original);
    } catch {
      done = copyBySelection(row.original);
    }
    row.copy.textContent = done ? 'Copied' : 'Failed';
    $('copied').textContent = done ? 'Copied.' : 'The browser did not allow the page to copy.';
    setTimeout(() => {
      row.copy.textContent = 'Copy';
      $('copied').textContent = '';
    }, 1500);
  }

  const buttons = headers.map((th, column) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = th.textContent;
    button.onclick = () => sort(column);
    th.replaceChildren(button);
    return button;
  });
  for (const name of filters) {
    const counts = new Map();
    for (const row of rows) if (row[name]) counts.set(row[name], (counts.get(row[name]) || 0) + 1);
    $(name).append(new Option('All', ''));
    for (const [text, times] of [...counts].sort((a, b) => b[1] - a[1])) {
      const short = text.length > 40 ? text.slice(0, 40) + '…' : text;
      // With the sign, an empty reason is different from "All".
      $(name).append(new Option(short + ' (' + count(times) + ')', '=' + text));
    }
    $(name).disabled = counts.size === 0;
    $(name).onchange = filter;
  }
  $('find').oninput = filter;
  $('reset').onclick = () => {
    $('find').value = '';
    for (const name of filters) $(name).value = '';
    filter();
  };
  const turn = (to) => () => {
    page = to();
    show();
  };
  $('first').onclick = turn(() => 0);
  $('previous').onclick = turn(() => page - 1);
  $('next').onclick = turn(() => page + 1);
  $('last').onclick = turn(() => Infinity);
  for (const button of document.querySelectorAll('button[data-outcome]')) {
    button.hidden = false;
    button.onclick = () => {
      $('find').value = '';
      $('type').value = '';
      $('outcome').value = '=' + button.dataset.outcome;
      $('reason').value = '=' + button.closest('article').querySelector('.reason').textContent;
      filter();
      $('items-title').focus();
      $('items-title').scrollIntoView();
    };
  }
  // Every row that was found is printed, not only the page that is shown. The headers get no buttons,
  // because browsers do not repeat headers with buttons on every sheet of paper.
  addEventListener('beforeprint', () => {
    headers.forEach((th, at) => th.replaceChildren(buttons[at].textContent));
    fill(found);
  });
  addEventListener('afterprint', () => {
    headers.forEach((th, at) => th.replaceChildren(buttons[at]));
    show();
  });
  for (const part of document.querySelectorAll('#controls, #pager, .scripted')) part.hidden = false;
  show();
})();
`;
