<a class="card" href="/products/{{ product.title | slug }}">
  <h2>{{ product.title | truncate: 32 }}</h2>
  <p>{{ product.description | truncate: 80 }}</p>
  <p class="price">{{ product.price | money }}</p>
  {% if product.tags %}<p class="tags">{{ product.tags | join: ', ' }}</p>{% endif %}
</a>
