<article>
  <h1>{{ page.title }}</h1>
  <p class="price">{{ page.price | money }}{% if page.was > 0 %} <s>{{ page.was | money }}</s>{% endif %}</p>
  <div class="text">{{ page.html | raw }}</div>
  <p>{{ page.description }}</p>
  {% include 'badges' %}
  <table>
    {% for fact in page.facts %}<tr><th scope="row">{{ loop.index }}. {{ fact.name | capitalize }}</th><td>{{ fact.value }}</td></tr>
    {% endfor %}
  </table>
  <section>
    <h2>Reviews ({{ page.reviews | size }})</h2>
    {% for review in page.reviews %}<blockquote>
      <p>{{ review.text }}</p>
      <footer>{{ review.author }}{% if review.stars == 5 %}, delighted{% else %}{% if review.stars > 2 %}, content{% else %}, not amused{% endif %}{% endif %}</footer>
    </blockquote>
    {% endfor %}
  </section>
</article>
