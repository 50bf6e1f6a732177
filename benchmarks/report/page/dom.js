// Elements and quantities. Texts of the data become text nodes, never markup.
{
  // el("td", {class: "number"}, "1.5", child)
  const el = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value !== null && value !== false) element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child !== null));
    return element;
  };

  const digits = (value) => String(Number(value.toPrecision(4)));

  const seconds = (value) => {
    if (value === null) return "";
    const units = [
      ["s", 1],
      ["ms", 1e-3],
      ["us", 1e-6],
    ];
    const [unit, size] = units.find(([, size]) => value >= size) || ["ns", 1e-9];
    return `${digits(value / size)} ${unit}`;
  };

  const number = (value) => (value === null ? "" : digits(value));

  const cell = (content, title) => {
    if (content instanceof Node && content.tagName === "TD") return content;
    return el("td", { class: title.number ? "number" : null }, content);
  };

  const kRowsAtOnce = 50;

  // `titles`: texts, or {text, number: true} for what stands right. `rowOf(i)` makes the cells of
  // row i when it is shown; more rows come by a button. `choose(i)`, if given, is called for a row
  // that is clicked or entered.
  const table = (titles, count, rowOf, choose = null, chosen = -1) => {
    const heads = titles.map((title) => (title.text ? title : { text: title }));
    const body = el("tbody");
    const addRow = (i) => {
      const cells = rowOf(i).map((content, column) => cell(content, heads[column]));
      const attributes = choose && {
        class: "choice",
        tabindex: "0",
        "aria-selected": String(i === chosen),
        onclick: () => choose(i),
        onkeydown: (event) => event.key === "Enter" && choose(i),
      };
      body.append(el("tr", attributes || {}, ...cells));
    };
    let shown = 0;
    const more = el("button", { type: "button", onclick: () => showMore() });
    const showMore = () => {
      for (const end = Math.min(count, shown + kRowsAtOnce); shown < end; ++shown) addRow(shown);
      more.hidden = shown === count;
      more.textContent = `${Math.min(kRowsAtOnce, count - shown)} more of ${count - shown}`;
    };
    showMore();
    const head = heads.map((h) =>
      el("th", { class: h.number ? "number" : null, scope: "col" }, h.text),
    );
    return el("div", {}, el("table", {}, el("thead", {}, el("tr", {}, ...head)), body), more);
  };

  // A labelled select; `options` are texts or [value, text].
  const select = (label, options, value, change, id = null) => {
    const list = el("select", { id, onchange: (event) => change(event.target.value) });
    for (const option of options) {
      const [optionValue, text] = Array.isArray(option) ? option : [option, option];
      const attributes = { value: optionValue, selected: optionValue === value ? "" : null };
      list.append(el("option", attributes, text));
    }
    return el("label", {}, label, list);
  };

  const section = (title, ...children) => el("section", {}, el("h2", {}, title), ...children);
  const note = (text) => el("p", { class: "note" }, text);

  attune.dom = { el, table, select, section, note, seconds, number };
}
