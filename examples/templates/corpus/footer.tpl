<footer>
  <p>{{ shop.name }} keeps { braces } and 100 % of its promises: "write to us" at {{ shop.mail }}.</p>
  <ul>{% for link in shop.legal %}<li><a href="/legal/{{ link | slug }}">{{ link }}</a></li>{% endfor %}</ul>
</footer>
