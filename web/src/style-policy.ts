/**
 * Lets xterm style itself under a policy without 'unsafe-inline': its style elements get the page's nonce, and the style
 * attributes that its DOM renderer writes for colours go through the object model. Import this before xterm is used.
 */
const { nonce } = document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]') ?? { nonce: '' };
const create = document.createElement.bind(document);

document.createElement = (name: string, options?: ElementCreationOptions) => {
  const element = create(name, options);
  if (element instanceof HTMLStyleElement && nonce !== '') element.nonce = nonce;
  return element;
};

HTMLSpanElement.prototype.setAttribute = function (name: string, value: string): void {
  if (name === 'style') this.style.cssText = value;
  else Element.prototype.setAttribute.call(this, name, value);
};
