<ul class="badges">
  {% for tag in page.tags %}<li>{{ tag | upcase }}</li>
  {% endfor %}{% if page.stock > 0 %}<li>{{ page.stock }} in stock</li>{% else %}<li>Sold out</li>{% endif %}
</ul>
