<header>
  <a href="{{ shop.url }}">{{ shop.name | upcase }}</a>
  <nav>
    <ul>
      {% for link in shop.links %}<li{% if loop.first %} class="first"{% endif %}><a href="/{{ link | slug }}">{{ link | capitalize }}</a></li>
      {% endfor %}
    </ul>
  </nav>
  {% if customer %}<p>Hello {{ customer.name | default: 'you' }}, {{ customer.cart | size }} in your cart.</p>{% else %}<p><a href="/login">Log in</a></p>{% endif %}
</header>
