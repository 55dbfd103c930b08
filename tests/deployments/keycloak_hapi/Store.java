import ca.uhn.fhir.batch2.jobs.config.Batch2JobsConfig;
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.api.config.ThreadPoolFactoryConfig;
import ca.uhn.fhir.jpa.api.dao.DaoRegistry;
import ca.uhn.fhir.jpa.api.dao.IFhirSystemDao;
import ca.uhn.fhir.jpa.batch2.JpaBatch2Config;
import ca.uhn.fhir.jpa.config.HapiJpaConfig;
import ca.uhn.fhir.jpa.config.r4.JpaR4Config;
import ca.uhn.fhir.jpa.config.util.HapiEntityManagerFactoryUtil;
import ca.uhn.fhir.jpa.model.config.PartitionSettings;
import ca.uhn.fhir.jpa.model.dialect.HapiFhirH2Dialect;
import ca.uhn.fhir.jpa.provider.JpaCapabilityStatementProvider;
import ca.uhn.fhir.jpa.provider.JpaSystemProvider;
import ca.uhn.fhir.jpa.subscription.channel.config.SubscriptionChannelConfig;
import ca.uhn.fhir.rest.api.EncodingEnum;
import ca.uhn.fhir.rest.server.HardcodedServerAddressStrategy;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.provider.ResourceProviderFactory;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import jakarta.persistence.EntityManagerFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.Set;
import javax.sql.DataSource;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.h2.jdbcx.JdbcDataSource;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.Meta;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Primary;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;
import org.springframework.transaction.PlatformTransactionManager;

/** HAPI FHIR's JPA server over H2: {@code java -Dbase=BASE Store PORT BUNDLES} loads each bundle, then serves until its input ends. */
public final class Store {
    private Store() {}

    public static void main(String[] arguments) throws Exception {
        int port = Integer.parseInt(arguments[0]);
        var beans = new AnnotationConfigApplicationContext(
            Settings.class, JpaR4Config.class, HapiJpaConfig.class, JpaBatch2Config.class, Batch2JobsConfig.class,
            SubscriptionChannelConfig.class, ThreadPoolFactoryConfig.class);
        var server = restful(beans, System.getProperty("base"));
        load(beans, Path.of(arguments[1]));
        var jetty = new Server();
        var connector = new ServerConnector(jetty);
        connector.setHost("127.0.0.1");
        connector.setPort(port);
        jetty.addConnector(connector);
        var context = new ServletContextHandler("/");
        context.addServlet(new ServletHolder(server), "/fhir/*");
        jetty.setHandler(context);
        jetty.start();
        while (System.in.read() >= 0) {
            // Nothing is said on the input; its end is the end.
        }
        jetty.stop();
        System.exit(0);
    }

    private static RestfulServer restful(AnnotationConfigApplicationContext beans, String base) {
        var context = beans.getBean(FhirContext.class);
        var server = new RestfulServer(context);
        server.registerProviders(beans.getBean(ResourceProviderFactory.class).createProviders());
        var system = beans.getBean(JpaSystemProvider.class);
        server.registerProvider(system);
        server.setServerConformanceProvider(new JpaCapabilityStatementProvider(
            server, beans.getBean(IFhirSystemDao.class), beans.getBean(JpaStorageSettings.class),
            beans.getBean(ISearchParamRegistry.class), beans.getBean(IValidationSupport.class)));
        server.setServerAddressStrategy(new HardcodedServerAddressStrategy(base));
        server.setDefaultResponseEncoding(EncodingEnum.JSON);
        server.setPagingProvider(beans.getBean(ca.uhn.fhir.jpa.search.DatabaseBackedPagingProvider.class));
        return server;
    }

    @SuppressWarnings("unchecked")
    private static void load(AnnotationConfigApplicationContext beans, Path folder)
            throws IOException, InterruptedException {
        var parser = beans.getBean(FhirContext.class).newJsonParser();
        IFhirSystemDao<Bundle, Meta> system = beans.getBean(IFhirSystemDao.class);
        try (var files = Files.list(folder)) {
            for (var file : files.sorted().toList()) {
                var request = new ca.uhn.fhir.rest.api.server.SystemRequestDetails();
                system.transaction(request, parser.parseResource(Bundle.class, Files.readString(file)));
                Thread.sleep(2000); // so that what two bundles brought differs in lastUpdated by its seconds
            }
        }
    }

    /** What an operator would choose; what is not said here is as delivered. */
    @Configuration
    public static class Settings {
        private final String base = System.getProperty("base");

        @Bean
        public JpaStorageSettings storageSettings() {
            var settings = new JpaStorageSettings();
            settings.setTreatBaseUrlsAsLocal(Set.of(base));
            settings.setReuseCachedSearchResultsForMillis(null); // which search came first would decide an answer
            settings.setAllowExternalReferences(true);
            settings.setEnforceReferentialIntegrityOnWrite(false);
            settings.setAutoCreatePlaceholderReferenceTargets(false);
            settings.setResourceClientIdStrategy(JpaStorageSettings.ClientIdStrategyEnum.ANY);
            return settings;
        }

        @Bean
        public PartitionSettings partitionSettings() {
            return new PartitionSettings();
        }

        @Bean
        public DataSource dataSource() {
            var source = new JdbcDataSource();
            source.setURL("jdbc:h2:mem:store;DB_CLOSE_DELAY=-1");
            return source;
        }

        @Bean
        public LocalContainerEntityManagerFactoryBean entityManagerFactory(
                DataSource source, ConfigurableListableBeanFactory beans, FhirContext context, JpaStorageSettings storage) {
            var factory = HapiEntityManagerFactoryUtil.newEntityManagerFactory(beans, context, storage);
            factory.setPersistenceUnitName("HAPI_PU");
            factory.setDataSource(source);
            var properties = new Properties();
            properties.put("hibernate.dialect", HapiFhirH2Dialect.class.getName());
            properties.put("hibernate.hbm2ddl.auto", "update");
            properties.put("hibernate.search.enabled", "false");
            factory.setJpaProperties(properties);
            return factory;
        }

        @Bean({"hapiTransactionManager", "transactionManager"})
        @Primary
        public PlatformTransactionManager hapiTransactionManager(EntityManagerFactory factory) {
            return new JpaTransactionManager(factory);
        }
    }
}
